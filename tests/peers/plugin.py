"""The fixtures of all peers, for `pytest_plugins` of the topmost conftest.

A test that uses a server in a process of its own is marked `servers`; `-m "not servers"` leaves it out.
"""

import pytest

from tests.peers.bluesky import bluesky_network
from tests.peers.elasticsearch import elasticsearch_node, elasticsearch_url
from tests.peers.hostile import hostile_server
from tests.peers.isso import isso_server, isso_session
from tests.peers.machina import machina_board, machina_session
from tests.peers.mastodon import mastodon_server, mastodon_session
from tests.peers.postgres import postgres_server, postgres_url
from tests.peers.smtp import smtp_server
from tests.peers.wordpress import wordpress_session, wordpress_site

__all__ = [
    "bluesky_network",
    "elasticsearch_node",
    "elasticsearch_url",
    "hostile_server",
    "isso_server",
    "isso_session",
    "machina_board",
    "machina_session",
    "mastodon_server",
    "mastodon_session",
    "postgres_server",
    "postgres_url",
    "smtp_server",
    "wordpress_session",
    "wordpress_site",
]

SERVERS = frozenset(
    {
        "bluesky_network",
        "elasticsearch_node",
        "elasticsearch_url",
        "isso_session",
        "machina_session",
        "mastodon_session",
        "postgres_server",
        "wordpress_session",
    }
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "servers: starts a real server in a process of its own")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use a server, by the fixtures they ask for, directly or through others."""
    for item in items:
        if not SERVERS.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker("servers")
