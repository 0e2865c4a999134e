"""What every test may use: the peers, and houses on either size.

Commands take the index names of the contract, so tests that run commands on Elasticsearch empty the node's Daymark indices first.
Each worker has a node of its own; one that DAYMARK_TEST_ELASTICSEARCH names is shared by all, and used by one test at a time, of
all test runs on this machine. Tests of the adapter take names of their own.

The contract's names are those of a real installation: a node that is not called daymark-test is emptied only where
DAYMARK_TEST_ELASTICSEARCH_MAY_BE_EMPTIED says so.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch, NotFoundError
from hypothesis import settings

from tests.daymark_process import Installation
from tools.cache import locked
from tools.elasticsearch_node import running_server

pytest_plugins = ["tests.peers.plugin"]

# Inputs of chance belong to the night: a change is to fail for what it brought, not for what was there and is met today.
# No deadline: machines are slow, and the first of a test's inputs loads what all need.
settings.register_profile("by day", derandomize=True, deadline=None)
settings.register_profile("by night", deadline=None)
settings.load_profile("by night" if os.environ.get("DAYMARK_FUZZ") == "nightly" else "by day")

DATASETS = Path(os.environ.get("DAYMARK_TEST_DATASETS", Path(__file__).parent.parent.parent / "shared" / "datasets"))
"""The public labelled sets; not part of the repository."""


MAY_BE_EMPTIED = "DAYMARK_TEST_ELASTICSEARCH_MAY_BE_EMPTIED"


def refuse_a_real_cluster(client: Elasticsearch) -> None:
    """Fails the test before it deletes the indices of a node that may be somebody's."""
    name = client.info()["cluster_name"]
    if name != "daymark-test" and os.environ.get(MAY_BE_EMPTIED) != "yes":
        pytest.fail(
            f"the cluster is called {name}: its daymark-* indices would be deleted; {MAY_BE_EMPTIED}=yes allows it"
        )


LONG_FILES = (
    "tests/faults/test_kill.py",
    "tests/test_pipeline.py",
    "tests/cli/test_commands.py",
    "tests/crawlers/test_bluesky_network.py",
    "tests/faults/test_no_leak.py",
    "tests/faults/test_kill_digest_erase.py",
)
"""A minute or more each (Bluesky's: on a machine where it has to install its servers): begun first, so that none of them is what
everybody waits for in the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first."""
    place = {name: number for number, name in enumerate(LONG_FILES)}
    items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(place)))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool, bool]:
    """Waits for the given Elasticsearch, where the test uses one; before the test's own time limit begins to run."""
    server = running_server()
    if server is None or "elasticsearch_url" not in getattr(item, "fixturenames", ()):
        return (yield)
    with locked(f"elasticsearch-{hashlib.sha256(server.encode()).hexdigest()[:12]}"):
        return (yield)


def empty_elasticsearch(client: Elasticsearch) -> None:
    """Deletes the node's Daymark indices and notes; fails where they may be somebody's."""
    refuse_a_real_cluster(client)
    found = client.indices.get(index="daymark-*", expand_wildcards="all", ignore_unavailable=True)
    for name in found:
        client.indices.delete(index=name)
    # The notes too: an index stays that of the ledger that filled it.
    with contextlib.suppress(NotFoundError):
        client.cluster.delete_component_template(name="daymark-posts-note-*")


@pytest.fixture
def fresh_elasticsearch(elasticsearch_url: str) -> Callable[[], str]:
    """Empties the node's Daymark indices when called; returns its address."""

    def empty() -> str:
        with Elasticsearch(elasticsearch_url) as client:
            empty_elasticsearch(client)
        return elasticsearch_url

    return empty


@pytest.fixture
def house(tmp_path: Path) -> Installation:
    """An installation on SQLite with the shipped model."""
    return Installation(tmp_path).init()


@pytest.fixture(scope="session")
def datasets() -> Path:
    """The folder of the public sets; the test is skipped, with the reason, where it is absent."""
    if not DATASETS.is_dir():
        pytest.skip(f"the public sets are not at {DATASETS}: set DAYMARK_TEST_DATASETS to their folder")
    return DATASETS
