"""The default index: one SQLite file with FTS5."""

from indexer.sqlite.index import SqliteIndex

__all__ = ["SqliteIndex"]
