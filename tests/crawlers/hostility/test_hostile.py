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

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from config import SourceKind
from config.keyed import KEYED
from crawlers import PollSummary
from crawlers.outcome import Outcome
from crawlers.spiders import spider_for
from tests.crawlers.hostility.platforms import PLATFORMS
from tests.crawlers.hostility.streams import STREAMS
from tests.crawlers.hostility.world import HURRIED, REQUESTS, Place, World, world
from tests.peers.certificates import make_certificate
from tests.peers.hostile import Hostile, Robots, bomb, hostile

HOUR_S = 3600
WAITING = ("/slow", "/hang")
FORBIDDEN = "User-agent: *\nDisallow: /forbidden\n"
STREAMED = frozenset(stream.kind for stream in STREAMS)
NIGHTLY = os.environ.get("DAYMARK_TEST_NIGHTLY") == "1"
DENIED, FAILED, TIMEOUT = Outcome.ROBOTS_DENIED, Outcome.FAILED, Outcome.TIMEOUT


@dataclass(frozen=True)
class Behaviour:
    """``set``: makes a server so; the outcomes allowed, those of calls with a key, which robots.txt does not rule, and those
    of a stream's opening request.
    """

    name: str
    set: Callable[[Place, Hostile], None]
    outcomes: frozenset[Outcome]
    keyed: frozenset[Outcome]
    streamed: frozenset[Outcome]
    nightly: bool = False

    def allowed(self, kind: str) -> frozenset[Outcome]:
        if kind in STREAMED:
            return self.streamed
        return self.keyed if kind in KEYED else self.outcomes


def robots(
    name: str, *outcomes: Outcome, keyed: Outcome = Outcome.OK, nightly: bool = False, **fields: object
) -> Behaviour:
    """robots.txt is hostile, the rest is honest."""

    def change(place: Place, _: Hostile) -> None:
        for field, value in fields.items():
            setattr(place.site, field, value)
        if place.site.robots is Robots.HANG:
            place.seconds = HURRIED

    # Even for calls with a key robots.txt is asked for, so a server that is slow with it uses the run's time up.
    late = frozenset(outcomes) & {TIMEOUT}
    return Behaviour(name, change, frozenset(outcomes), frozenset({keyed}) | late, frozenset(outcomes), nightly)


def everywhere(
    path: str, *outcomes: Outcome, keyed: Outcome | None = None, streamed: Outcome | None = None, nightly: bool = False
) -> Behaviour:
    """Every address but robots.txt answers as ``path`` does."""

    def change(place: Place, neighbour: Hostile) -> None:
        site = place.site
        site.everywhere, site.retry_after_s, site.robots_text = path, HOUR_S, FORBIDDEN
        forbidden = "forbidden" in path
        site.redirect_to = f"{site.base_url}/forbidden/1" if forbidden else f"{neighbour.base_url}/feeds/good"
        if forbidden:
            site.everywhere = "/redirect/given"
        if path in WAITING:
            place.seconds = HURRIED

    # Neither a key nor a stream follows a redirect: the answer is a status that is not known.
    by_key, by_stream = (frozenset({one} if one else outcomes) for one in (keyed, streamed or keyed))
    return Behaviour(path, change, frozenset(outcomes), by_key, by_stream, nightly)


def to_robots(place: Place, neighbour: Hostile) -> None:
    place.site.robots_as, place.site.redirect_to = "/redirect/given", f"{neighbour.base_url}/robots.txt"


ROBOTS = [
    robots("robots 503", DENIED, robots=Robots.UNAVAILABLE),
    robots("robots hangs", DENIED, TIMEOUT, nightly=True, robots=Robots.HANG),
    robots("robots forbids all", DENIED, robots_text="User-agent: *\nDisallow: /\n"),
    robots("robots asks for hours", DENIED, nightly=True, robots_text="User-agent: *\nCrawl-delay: 9000\n"),
    robots("robots is a bomb", DENIED, robots_as="/bomb"),
    robots("robots never ends", DENIED, nightly=True, robots_as="/large/unannounced"),
    robots("robots breaks off", DENIED, TIMEOUT, nightly=True, robots_as="/length/short"),
    robots("robots leads in a ring", DENIED, nightly=True, robots_as="/redirect/endless"),
    Behaviour("robots leads to a private address", to_robots, frozenset({DENIED}), frozenset({Outcome.OK}), frozenset({DENIED})),
    robots("robots 429", Outcome.RATE_LIMITED, keyed=Outcome.RATE_LIMITED, robots_as="/limited/date", retry_after_s=HOUR_S),
]  # fmt: skip
PAGES = [
    everywhere("/slow", TIMEOUT),
    everywhere("/hang", TIMEOUT, nightly=True),
    everywhere("/redirect/endless", FAILED),
    everywhere("/redirect/other-host", Outcome.PRIVATE_ADDRESS, keyed=FAILED, nightly=True),
    everywhere("/redirect/given", Outcome.PRIVATE_ADDRESS, keyed=FAILED),
    everywhere("/redirect/forbidden", DENIED, keyed=FAILED),
    everywhere("/redirect/file", Outcome.BLOCKED, streamed=FAILED),
    everywhere("/bomb", FAILED),
    everywhere("/length/short", FAILED, TIMEOUT),
    everywhere("/length/long", FAILED),
    everywhere("/large/unannounced", FAILED, nightly=True),
    everywhere("/limited/seconds", Outcome.RATE_LIMITED),
    everywhere("/limited/date", Outcome.RATE_LIMITED),
    everywhere("/cookies", FAILED),
    everywhere("/garbage", FAILED),
    # Half of an answer can still be a page.
    everywhere("/broken", FAILED, Outcome.OK, Outcome.EMPTY, nightly=True),
]
AFTER_THE_FIRST = [page for page in PAGES if NIGHTLY or page.name in ("/redirect/given", "/limited/date")]


def of_this_run(behaviours: list[Behaviour]) -> list[Behaviour]:
    return [one for one in behaviours if NIGHTLY or not one.nightly]


@pytest.fixture(scope="module")
def at_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """All platforms, each polled once while it was honest; in the end none may have lost a post."""
    bomb()
    with world(tmp_path_factory.mktemp("hostile")) as made:
        poll_honestly(made)
        yield made
        land_all(made)


@pytest.fixture(scope="module")
def with_articles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """As at_once, for what turns hostile behind the list: an article that is none is counted, and given up by rule."""
    bomb()
    with world(tmp_path_factory.mktemp("articles")) as made:
        poll_honestly(made)
        yield made
        read_no_file(made)


@pytest.fixture(scope="module")
def stream_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """As at_once, of streams only."""
    bomb()
    with world(tmp_path_factory.mktemp("streams"), kinds=lambda kind: kind in STREAMED) as made:
        poll_honestly(made)
        yield made
        land_all(made)


@pytest.fixture(scope="module")
def neighbour() -> Iterator[Hostile]:
    """A server on a private address that no source may be led to."""
    with hostile() as running:
        yield running
    assert running.requests == [], "nobody was led to another address of this machine"


def poll_honestly(made: World) -> None:
    made.calm()
    made.write()
    for name, summary in made.turn().items():
        assert summary.outcome == Outcome.OK, (name, summary)


def land_all(made: World) -> None:
    """Polls honestly for as long as that brings posts which were missed: the caps of a run leave some over for the next."""
    poll_honestly(made)
    lost = made.lost()
    while lost:
        made.calm()
        made.turn()
        before, lost = lost, made.lost()
        assert sum(map(len, lost.values())) < sum(map(len, before.values())), lost
    read_no_file(made)


def read_no_file(made: World) -> None:
    for name, text in made.texts().items():
        assert "root:" not in text, f"{name} read a file of this machine"


def meet(made: World, change: Callable[[Place], None]) -> dict[str, PollSummary]:
    """One poll of everybody under a behaviour, and what holds under each of them."""
    made.calm()
    made.write()
    for place in made.places:
        change(place)
    found = made.turn()
    took = made.last_polls()
    for place in made.places:
        summary, seen = found[place.name], place.site.requests
        assert summary.ran, (place.name, summary.message)
        assert summary.outcome != Outcome.KILLED, (place.name, summary)
        assert "a fault in the spider" not in summary.message, (place.name, summary)
        assert took[place.name] < place.overdue, (place.name, took)
        assert len(seen) <= REQUESTS, place.name
        assert summary.counts.get("requests", 0) <= REQUESTS, place.name
        assert not [one.path for one in seen if "Cookie" in one.headers], place.name
        assert not [one.path for one in seen if one.path.startswith("/forbidden")], place.name
        if not Outcome(summary.outcome or "").is_success:
            assert summary.window_to is None, (place.name, "a failure covers no time")
    return found


def test_every_kind_of_spider_is_met() -> None:
    """A new one needs a class in platforms.py, or in streams.py."""

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


@pytest.mark.parametrize("same", [False, True], ids=["new posts without end", "the same page behind every cursor"])
def test_a_server_that_pages_for_ever_is_left(tmp_path: Path, same: bool) -> None:
    with world(tmp_path) as made:
        for turn in range(2 if NIGHTLY else 1):
            found = meet(made, lambda place: place.page_without_end(same=same))
            for place in made.places:
                summary = found[place.name]
                assert summary.outcome == Outcome.OK, (turn, summary)
                assert summary.counts["seen"] > 0, (turn, summary)


def hurry(place: Place) -> None:
    """What ends in a refusal whatever the time is not waited for."""
    place.seconds = HURRIED


@pytest.mark.parametrize("fault", ["unknown", "expired", "of another address"])
def test_a_bad_certificate_is_refused_before_anything_is_asked(tmp_path: Path, fault: str) -> None:
    address = "127.0.0.3" if fault == "of another address" else "127.0.0.1"
    certificate = make_certificate(tmp_path / "tls", address=address, expired=fault == "expired")
    # Those of the unknown are met by all; the others are trusted by the source, and still wrong.
    known = {} if fault == "unknown" else {"ca_file": certificate.file}
    kinds: Callable[[SourceKind], bool] = lambda kind: fault == "unknown" or kind is SourceKind.FEEDS  # noqa: E731
    with world(tmp_path, certificate.context(), kinds, **known) as made:
        for name, summary in meet(made, hurry).items():
            assert summary.outcome in (DENIED, FAILED, TIMEOUT), (name, summary)
        assert [place.site.paths() for place in made.places] == [[]] * len(made.places)


def test_a_good_certificate_is_believed(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path / "tls")
    feeds: Callable[[SourceKind], bool] = lambda kind: kind is SourceKind.FEEDS  # noqa: E731
    with world(tmp_path, certificate.context(), feeds, ca_file=certificate.file) as made:
        poll_honestly(made)
