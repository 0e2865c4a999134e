"""Every kind of spider against every way in which a server can be hostile, through real crawling processes.

Each behaviour is met by all platforms at once, after an honest first poll, and whatever happens: the poll ends by itself,
with an outcome that has a name, within its caps; nothing forbidden, no private address and no file is read, no cookie is
sent back. Of a stream that is the opening request, and its look-ups alone once more. When a world ends, honest polls must
land every post that was written meanwhile: no cursor was led astray.

Each behaviour of the list costs two seconds of processor time, so those that differ little from another are met at night:
DAYMARK_TEST_NIGHTLY=1, which `make fuzz` sets, adds them, each behaviour once more after a first honest answer, and a second
poll of what pages for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config import SourceKind
from config.keyed import KEYED
from crawlers.outcome import Outcome
from crawlers.spiders import spider_for
from tests.crawlers.hostility.behaviours import (
    AFTER_THE_FIRST,
    NIGHTLY,
    PAGES,
    ROBOTS,
    STREAMED,
    Behaviour,
    of_this_run,
)
from tests.crawlers.hostility.meeting import land_all, land_the_rest, meet, poll_honestly, read_no_file
from tests.crawlers.hostility.platforms import PLATFORMS
from tests.crawlers.hostility.streams import STREAMS
from tests.crawlers.hostility.world import Place, World, world
from tests.peers.hostile import Hostile, bomb, hostile


@contextmanager
def begun(folder: Path, kinds: Callable[[SourceKind], bool] = lambda _: True) -> Iterator[World]:
    """The platforms of some kinds, each polled once while it was honest."""
    bomb()
    with world(folder, kinds=kinds) as made:
        poll_honestly(made)
        yield made


@pytest.fixture(scope="module")
def at_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """All platforms; in the end none may have lost a post."""
    with begun(tmp_path_factory.mktemp("hostile")) as made:
        yield made
        land_all(made)


@pytest.fixture(scope="module")
def with_articles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """As at_once, for what turns hostile behind the list: an article that is none is counted, and given up by rule."""
    with begun(tmp_path_factory.mktemp("articles")) as made:
        yield made
        read_no_file(made)


@pytest.fixture(scope="module")
def stream_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """As at_once, of streams only."""
    with begun(tmp_path_factory.mktemp("streams"), lambda kind: kind in STREAMED) as made:
        yield made
        land_all(made)


@pytest.fixture(scope="module")
def neighbour() -> Iterator[Hostile]:
    """A server on a private address that no source may be led to."""
    with hostile() as running:
        yield running
    assert running.requests == [], "nobody was led to another address of this machine"


def test_every_kind_of_spider_is_met() -> None:
    """A new one needs a class that platforms.py names, or one in streams.py."""

    def is_polled(kind: SourceKind) -> bool:
        try:
            spider_for(kind)
        except KeyError:
            return False
        return True

    assert {platform.kind for platform in (*PLATFORMS, *STREAMS)} == {*filter(is_polled, SourceKind)}


@pytest.mark.parametrize("behaviour", of_this_run(ROBOTS), ids=lambda one: one.name)
def test_a_hostile_robots_txt_keeps_everybody_out(at_once: World, neighbour: Hostile, behaviour: Behaviour) -> None:
    found = meet(at_once, lambda place: behaviour.set(place, neighbour))
    for place in at_once.places:
        assert found[place.name].outcome in behaviour.allowed(place.name), found[place.name]
        if place.name not in KEYED:
            beyond = [path for path in place.site.paths() if path != "/robots.txt" and "endless" not in path]
            assert beyond == [], (place.name, "nothing else was fetched")


@pytest.mark.parametrize("behaviour", of_this_run(PAGES), ids=lambda one: one.name)
def test_a_hostile_server_gives_a_run_a_named_end(at_once: World, neighbour: Hostile, behaviour: Behaviour) -> None:
    found = meet(at_once, lambda place: behaviour.set(place, neighbour))
    for name, summary in found.items():
        assert summary.outcome in behaviour.allowed(name), summary


@pytest.mark.parametrize("behaviour", of_this_run(PAGES), ids=lambda one: one.name)
def test_what_a_stream_looks_up_at_a_hostile_server_ends_its_run(
    stream_alone: World, neighbour: Hostile, behaviour: Behaviour
) -> None:
    """The stream itself is honest."""

    def change(place: Place) -> None:
        behaviour.set(place, neighbour)
        place.site.calm = 1

    before = stream_alone.texts()
    for name, summary in meet(stream_alone, change).items():
        assert summary.outcome in behaviour.outcomes, (name, summary)
    assert stream_alone.texts() == before, "nothing lands of authors who were not asked"


def test_articles_that_robots_txt_forbids_are_not_read(with_articles: World) -> None:
    def change(place: Place) -> None:
        place.site.robots_text = "User-agent: *\nDisallow: /a/\n"

    found = meet(with_articles, change)
    for place in with_articles.places:
        assert not [path for path in place.site.paths() if path.startswith("/a/")]
        assert found[place.name].outcome == Outcome.OK


@pytest.mark.parametrize("behaviour", AFTER_THE_FIRST, ids=lambda one: one.name)
def test_a_server_that_turns_hostile_after_a_first_answer(
    with_articles: World, neighbour: Hostile, behaviour: Behaviour
) -> None:
    def change(place: Place) -> None:
        behaviour.set(place, neighbour)
        place.site.calm = 1

    meet(with_articles, change)


def test_a_wall_after_a_first_answer_is_no_verdict_on_what_lies_behind_it(at_once: World) -> None:
    """Of a list that was read, nothing may count as read for that: what it hid lands once it is gone, without a new post."""

    def change(place: Place) -> None:
        place.site.everywhere, place.site.calm = "/wall", 1

    for name, summary in meet(at_once, change).items():
        assert summary.outcome in (Outcome.OK, Outcome.BLOCKED), (name, summary)
    land_the_rest(at_once)


@pytest.mark.parametrize("same", [False, True], ids=["new posts without end", "the same page behind every cursor"])
def test_a_server_that_pages_for_ever_is_left(tmp_path: Path, same: bool) -> None:
    with world(tmp_path) as made:
        for turn in range(2 if NIGHTLY else 1):
            found = meet(made, lambda place: place.page_without_end(same=same))
            for place in made.places:
                summary = found[place.name]
                assert summary.outcome == Outcome.OK, (turn, summary)
                assert summary.counts["seen"] > 0, (turn, summary)
