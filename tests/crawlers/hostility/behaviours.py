"""The ways in which a server can be hostile, and the outcomes that a poll may have under each."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from config.keyed import KEYED
from crawlers.outcome import Outcome
from tests.crawlers.hostility.streams import STREAMS
from tests.crawlers.hostility.world import HURRIED, Place
from tests.peers.hostile import Hostile, Robots

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
    everywhere("/wall", Outcome.BLOCKED, streamed=FAILED),
    everywhere("/cookies", FAILED),
    everywhere("/garbage", FAILED),
    # Half of an answer can still be a page.
    everywhere("/broken", FAILED, Outcome.OK, Outcome.EMPTY, nightly=True),
]
AFTER_THE_FIRST = [page for page in PAGES if NIGHTLY or page.name in ("/redirect/given", "/limited/date")]


def of_this_run(behaviours: list[Behaviour]) -> list[Behaviour]:
    return [one for one in behaviours if NIGHTLY or not one.nightly]
