"""GDELT over several polls, end to end: an edit, a deletion, an article that comes late and a kill bring nothing twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest

from config import Source
from ledger import Ledger, read_source
from tests.crawlers.conftest import Poll, make_rechecks_due, make_source, posts
from tests.crawlers.gdelt_index import answer, listed, span_of
from tests.crawlers.killing import kill_the_crawl
from tests.crawlers.site import Asked, Reply, Site, article

API = "/api/v2/doc/doc"


class World:
    """Articles of one site, and GDELT, which lists each from a moment on for whoever asks for that time."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.seen: dict[str, datetime] = {}
        site.whole = self._answer
        self.source: Source = make_source(f"{site.base_url}{API}?query=boats", id="gdelt", kind="gdelt")

    def publish(self, number: int, hours: float, text: str = "It was cold.") -> str:
        """An article, and how long ago GDELT saw it."""
        url = self.site.serve(f"/a/{number}", article(text=text), Content_Type="text/html")
        self.seen[url] = datetime.now(UTC) - timedelta(hours=hours)
        return url

    def _answer(self, asked: Asked) -> Reply | None:
        path, _, query = asked.path.partition("?")
        if path != API:
            return None
        begin, end = span_of(dict(parse_qsl(query)))
        found = [listed(url, moment) for url, moment in self.seen.items() if begin <= moment <= end]
        return 200, {"Content-Type": "application/json"}, answer(*found).encode()


@pytest.fixture
def world(site: Site) -> World:
    return World(site)


def test_polls_across_an_edit_a_deletion_and_a_late_article_bring_nothing_twice(
    world: World, poll: Poll, ledger: Ledger
) -> None:
    edited, gone, kept = (world.publish(number, hours) for number, hours in ((1, 3), (2, 2), (3, 1)))
    first = poll(world.source)
    assert (first.outcome, first.counts["new"]) == ("ok", 3)
    again = poll(world.source)
    assert (again.counts.get("new", 0), again.counts.get("revised", 0)) == (0, 0)

    make_rechecks_due(ledger)
    world.site.serve("/a/1", article(text="The number was corrected."), Content_Type="text/html")
    world.site.serve("/a/2", "", 404)
    late = world.publish(4, 2.5)
    third = poll(world.source)
    assert (third.counts["new"], third.counts["revised"], third.counts["recheck_deleted"]) == (1, 1, 1)
    for _ in range(2):
        calm = poll(world.source)
        assert (calm.outcome, calm.counts.get("new", 0), calm.counts.get("revised", 0)) == ("ok", 0, 0)
    stored = posts(ledger)
    assert set(stored) == {edited, gone, kept, late}
    assert ("corrected" in stored[edited]["text"], stored[edited]["revision"]) == (True, 2)
    assert {url for url, post in stored.items() if post["removed_at"] is not None} == {gone}


def test_a_site_that_finds_nothing_has_deleted_nothing(world: World, poll: Poll, ledger: Ledger) -> None:
    urls = [world.publish(number, number) for number in (1, 2, 3)]
    poll(world.source)
    make_rechecks_due(ledger)
    for number in (1, 2, 3):
        world.site.serve(f"/a/{number}", "<html>Not found</html>", 404, Content_Type="text/html")
    broken = poll(world.source)
    assert (broken.counts["recheck_unknown"], broken.counts["removal_doubted"]) == (3, 3)
    assert all(posts(ledger)[url]["removed_at"] is None for url in urls)


def test_a_poll_that_is_killed_in_the_middle_loses_nothing_and_brings_nothing_twice(
    world: World, poll: Poll, ledger: Ledger
) -> None:
    urls = {world.publish(number, number) for number in range(1, 6)}
    unharmed = world.site.answers["/a/3"]

    def kill(_: Mapping[str, str]) -> Reply:
        kill_the_crawl()
        return 503, {}, b""

    world.site.answers["/a/3"] = kill
    assert poll(world.source).outcome == "killed"
    assert read_source(ledger, "gdelt").cursor == {}
    before = len(posts(ledger))
    assert before < 5
    world.site.answers["/a/3"] = unharmed
    again = poll(world.source)
    assert (again.outcome, again.counts["new"], again.counts.get("revised", 0)) == ("ok", 5 - before, 0)
    assert set(posts(ledger)) == urls
