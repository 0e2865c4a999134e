"""Elasticsearch: a genuine node, put together once and kept in the cache."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.peers.packages import or_stop
from tools.elasticsearch_assembly import assembled
from tools.elasticsearch_node import OLDEST_JAVA, RUNNING_SERVER, Node, running_server
from tools.elasticsearch_probe import missing
from tools.jdk import need_jdk
from tools.processes import scratch_folder


@contextmanager
def elasticsearch(heap: str = "512m", security: bool = False) -> Iterator[Node]:
    """A running node in a folder of its own; `kill` and `start` it at will. Gone at the end, data and all."""
    with or_stop():
        need_jdk(OLDEST_JAVA)
        assembled()
    with scratch_folder("elasticsearch") as folder:
        node = Node(folder / "node", heap=heap, security=security)
        node.start()
        try:
            yield node
        finally:
            node.stop()


def skip_without(address: str, *names: str) -> None:
    """Skip the test when the server at `address` lacks one of the named modules or plugins."""
    lacking = missing(address, *names)
    if lacking:
        pytest.skip(f"the Elasticsearch at {address} has no {', '.join(lacking)}")


@pytest.fixture(scope="session")
def elasticsearch_node() -> Iterator[Node]:
    """The session's own node, for tests that kill it; whoever does starts it again."""
    if running_server() is not None:
        pytest.skip(f"{RUNNING_SERVER} names a server that is not ours to kill")
    with elasticsearch() as node:
        yield node


@pytest.fixture(scope="session")
def elasticsearch_url(request: pytest.FixtureRequest) -> str:
    """The address of an Elasticsearch: the one named in the environment, else the session's own node."""
    there = running_server()
    if there is not None:
        return there
    node: Node = request.getfixturevalue("elasticsearch_node")
    return node.address
