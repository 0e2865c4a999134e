"""A bot wall stops whatever is read behind it: `blocked`, by the answers of a server, for every kind of source.

Platforms that want a key meet one in hostility/, as all others do once more; of a stream that is its opening request.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config import Project, SourceKind
from config.keyed import KEYED
from ledger import Ledger, open_events, read_source
from tests.crawlers.conftest import Poll, make_source, rows
from tests.crawlers.hostility.streams import STREAMS
from tests.crawlers.site import Asked, Reply, Site
from tests.peers.hostile import WALL

KINDS: dict[str, dict[str, Any]] = {
    "feeds": {},
    "sitemap": {},
    "mastodon": {"tag": "sea"},
    "lemmy": {},
    "discourse": {},
    "forum": {"engine": "phpbb"},
    "isso": {},
    "bluesky": {"query": "sea"},
    "gdelt": {},
    "telegram": {},
}
PATHS = {"forum": "/viewforum.php?f=1", "gdelt": "/doc?query=sea", "telegram": "/s/samplechannel"}


@pytest.fixture
def project(project: Project) -> Project:
    """One that states why it may read Telegram."""
    return project.model_copy(update={"telegram_basis": "GDPR 6(1)(e)"})


def stand_before(site: Site, status: int) -> None:
    """robots.txt is there for all; everything else is the wall."""

    def answer(asked: Asked) -> Reply:
        if asked.path == "/robots.txt":
            return 200, {"Content-Type": "text/plain"}, b"User-agent: *\nAllow: /\n"
        return status, {"Content-Type": "text/html"}, WALL

    site.whole = answer


def test_every_kind_of_source_meets_one() -> None:
    assert {*KINDS, *KEYED, *(stream.kind for stream in STREAMS)} == {*SourceKind} - {SourceKind.IMPORT}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_source_stops_at_a_wall_that_answers_200(site: Site, poll: Poll, kind: str) -> None:
    stand_before(site, 200)
    summary = poll(make_source(site.base_url + PATHS.get(kind, "/"), kind=kind, **KINDS[kind]))
    assert summary.outcome == "blocked"
    assert "bot wall (Cloudflare)" in summary.message
    assert len(site.paths()) <= 2, "nothing more is asked for"


@pytest.mark.parametrize("status", [200, 403, 429, 503])
def test_a_source_behind_a_wall_is_left_alone_for_a_day_and_then_a_week_unless_a_person_asks(
    site: Site, poll: Poll, ledger: Ledger, status: int
) -> None:
    stand_before(site, status)
    source = make_source(site.base_url + "/feed")
    for number, days in ((1, 1), (2, 7)):
        summary = poll(source)
        assert (summary.outcome, len(rows(ledger, "poll"))) == ("blocked", number)
        assert site.paths() == ["/feed"] * number, "it is asked once a poll, whatever its status"
        assert summary.next_due is not None
        assert summary.next_due - datetime.now(UTC) > timedelta(days=days - 0.1)
    state = read_source(ledger, "test")
    assert (state.health, [event.kind.value for event in open_events(ledger)]) == ("blocked", ["blocked"])
    assert "bot wall" in state.message
