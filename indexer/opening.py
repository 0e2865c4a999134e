"""Opening the index that the settings name."""

from __future__ import annotations

from pathlib import Path

from config import Settings
from indexer.backend import Index
from indexer.sqlite import SqliteIndex

_SQLITE = "sqlite:///"


def open_index(settings: Settings) -> Index:
    """The index at the settings' URL: a SQLite file, or an Elasticsearch cluster.

    Nothing is read or written yet; what is wrong with the server or the file shows with the first call.
    """
    url = settings.index
    if url.startswith(_SQLITE):
        return SqliteIndex(Path(url.removeprefix(_SQLITE)))
    # The vendor's client takes longer to import than all of Daymark's rooms together; one machine never needs it.
    from indexer.elastic.index import ElasticIndex

    return ElasticIndex(url, settings.index_api_key, settings.index_ca_file)
