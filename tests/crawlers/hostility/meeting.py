"""A poll of every platform at once, of honest servers or of hostile ones, and what holds whatever they do."""

from __future__ import annotations

from collections.abc import Callable

from crawlers import PollSummary
from crawlers.outcome import Outcome
from tests.crawlers.hostility.world import REQUESTS, Place, World


def poll_honestly(made: World) -> None:
    made.calm()
    made.write()
    for name, summary in made.turn().items():
        assert summary.outcome == Outcome.OK, (name, summary)


def land_all(made: World) -> None:
    """One more post, and the honest polls that bring it and all that was missed."""
    poll_honestly(made)
    land_the_rest(made)


def land_the_rest(made: World) -> None:
    """Polls honestly for as long as that brings posts which were missed: the caps of a run leave some over for the next.

    Nothing new is written meanwhile, which would have a thread read again that was wrongly done with.
    """
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
