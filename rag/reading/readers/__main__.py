"""The process that reads documents: `python -m rag.reading.readers`, started by `rag.reading.readers.apart`, not by people."""

from rag.reading.readers.apart import serve

serve()
