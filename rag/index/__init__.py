"""The index on disk: Chroma, a lexical index and token vectors, built aside, switched, kept in step with the corpus."""

from rag.index.check import check_index
from rag.index.manifest import IndexDamaged, SourceRecord
from rag.index.opening import IndexMissing, IndexReader, ensure_index, open_index
from rag.index.plan import SourceChange
from rag.index.reader import Index
from rag.index.store import StoreFault
from rag.index.update import IndexReport, update_index
from rag.index.watch import watch

__all__ = [
    "Index",
    "IndexDamaged",
    "IndexMissing",
    "IndexReader",
    "IndexReport",
    "SourceChange",
    "SourceRecord",
    "StoreFault",
    "check_index",
    "ensure_index",
    "open_index",
    "update_index",
    "watch",
]
