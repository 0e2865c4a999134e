"""One suite for both backends.

`index` is an empty index of the test's own: a SQLite file, or Elasticsearch indices under a prefix that no other test has.
`corpus_index` holds documents.make_corpus(); it is filled once a module and backend, and only read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from elasticsearch import NotFoundError

from config import Pseudonyms
from indexer import ElasticIndex, Index, Names, SqliteIndex
from ledger import Ledger, Worker, make_worker, open_ledger
from tests.indexer.ailing import Ailing
from tests.indexer.documents import make_corpus, put

BACKENDS = ("sqlite", "elasticsearch")


def own_names() -> Names:
    """Names that no other test has."""
    return Names(f"test-{uuid4().hex[:12]}")


def open_elastic(address: str, names: Names) -> ElasticIndex:
    """An index on a test's node; short pauses, since a test waits for them."""
    return ElasticIndex(address, names=names, retries=2, backoff=0.05)


def clear(index: ElasticIndex) -> None:
    """Takes the test's indices and template away."""
    index.drop()
    index._client.indices.delete_index_template(name=index.names.template)
    with contextlib.suppress(NotFoundError):
        index._client.cluster.delete_component_template(name=f"{index.names.prefix}-note-*")
    index.close()


@pytest.fixture
def elastic_index(elasticsearch_url: str) -> Iterator[ElasticIndex]:
    """An empty Elasticsearch index."""
    index = open_elastic(elasticsearch_url, own_names())
    yield index
    clear(index)


@pytest.fixture
def sqlite_index(tmp_path: Path) -> Iterator[SqliteIndex]:
    """An empty SQLite index."""
    index = SqliteIndex(tmp_path / "index.sqlite")
    yield index
    index.close()


@pytest.fixture
def ailing(tmp_path: Path) -> Iterator[Ailing]:
    """An empty SQLite index before which faults can be put."""
    index = Ailing(tmp_path / "ailing.sqlite")
    yield index
    index.close()


def _with_backends(name: str) -> list[object]:
    marks = {"elasticsearch": [pytest.mark.servers]}
    return [pytest.param(backend, marks=marks.get(backend, []), id=f"{name}-{backend}") for backend in BACKENDS]


@pytest.fixture(params=_with_backends("on"))
def index(request: pytest.FixtureRequest) -> Index:
    """An empty index on each backend."""
    wanted = {"sqlite": "sqlite_index", "elasticsearch": "elastic_index"}[request.param]
    found: Index = request.getfixturevalue(wanted)
    return found


@pytest.fixture(params=_with_backends("on"), scope="module")
def corpus_index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """The corpus on each backend."""
    if request.param == "sqlite":
        index: Index = SqliteIndex(tmp_path_factory.mktemp("corpus") / "index.sqlite")
        put(index, *make_corpus())
        yield index
        index.close()
        return
    elastic = open_elastic(request.getfixturevalue("elasticsearch_url"), own_names())
    put(elastic, *make_corpus())
    yield elastic
    clear(elastic)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    with open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", Pseudonyms(b"k" * 32)) as opened:
        yield opened


@pytest.fixture
def worker(ledger: Ledger) -> Iterator[Worker]:
    """An owner of leases."""
    with make_worker(ledger) as made:
        yield made
