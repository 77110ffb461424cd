"""The process that reads documents: `python -m rag.readers`, started by `rag.readers.apart`, not by people."""

from rag.readers.apart import serve

serve()
