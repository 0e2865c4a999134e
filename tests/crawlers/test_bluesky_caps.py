"""What a cap of pages leaves of Bluesky is read by the polls after, and the window says no more than was read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from config import Source
from tests.crawlers.appview import AppView, hours, uri_of, view
from tests.crawlers.bluesky_given import MINUTE, NOW, many, poll, source
from tests.crawlers.stand_in import Run

OLD = {uri_of(number) for number in range(10)}
"""What is there before the rush of posts that a cap cuts."""


def ids(run: Run) -> set[str]:
    return {post.native_id for post in run.posts}


def read_on(entry: Source, network: AppView, run: Run, moments: Iterable[datetime]) -> tuple[Run, set[str]]:
    """A poll at each of the moments; the last one, and what all of them showed."""
    found = set[str]()
    for moment in moments:
        run = poll(entry, network, run, moment)
        assert run.outcome == "ok"
        found |= ids(run)
    return run, found


@pytest.mark.parametrize("fields", [{}, {"query": "Post"}])
def test_a_page_cap_leaves_the_rest_to_the_next_polls(fields: dict[str, Any]) -> None:
    network = many(10)
    small = source(limits={"pages": 3}, overlap="30m", **fields)
    first = poll(small, network, started=NOW)
    later = NOW + hours(24)
    network.add(*(view(1000 + n, later - MINUTE * n) for n in range(900)))
    run = poll(small, network, first, later)
    assert (len(run.posts), run.tally.counts["limit_pages"]) == (300, 1)
    assert run.window == (later - MINUTE * 298, later), "only what was read"
    cut = ids(run)
    run, rest = read_on(small, network, run, (later + timedelta(seconds=10 * turn) for turn in range(1, 8)))
    assert len((cut | rest) - OLD) == 900, "none is lost"
    assert run.spider.cursor["left"] is None
    last = poll(small, network, run, later + hours(1))
    assert last.window[0] == later + timedelta(seconds=70)


@pytest.mark.parametrize("fields", [{}, {"query": "Post"}])
def test_what_two_capped_polls_leave_is_all_read_later(fields: dict[str, Any]) -> None:
    begin = NOW - hours(48)
    network = many(10, start=begin)
    small = source(limits={"pages": 3}, overlap="30m", **fields)
    run, found = poll(small, network, started=begin), set[str]()
    for day in (1, 2):
        moment = begin + hours(24 * day)
        network.add(*(view(1000 * day + n, moment - MINUTE * n) for n in range(700)))
        run = poll(small, network, run, moment)
        assert run.tally.counts["limit_pages"] == 1
        found |= ids(run)
    run, rest = read_on(small, network, run, (NOW + timedelta(seconds=turn) for turn in range(1, 9)))
    assert len((found | rest) - OLD) == 1400
    assert run.spider.cursor["left"] is None


def test_a_rest_that_the_overlap_has_read_in_part_is_read_from_there() -> None:
    network, later = many(10, start=NOW - hours(24)), NOW
    first = poll(source(overlap="30m", query="Post"), network, started=NOW - hours(24))
    network.add(*(view(1000 + n, later - MINUTE * n) for n in range(900)))
    capped = poll(source(limits={"pages": 3}, overlap="30m", query="Post"), network, first, later)
    rest = poll(source(query="Post"), network, capped, later + MINUTE)
    assert len((ids(capped) | ids(rest)) - OLD) == 900


@pytest.mark.parametrize("fields", [{}, {"query": "Post"}])
def test_an_overlap_that_takes_all_that_a_cap_allows_does_not_hold_up_the_rest(fields: dict[str, Any]) -> None:
    network = many(700, timedelta(seconds=30))
    small = source(limits={"pages": 3}, **fields)
    first = poll(small, network)
    _, rest = read_on(small, network, first, (NOW + MINUTE * 15 * turn for turn in range(1, 8)))
    assert ids(first) | rest == set(network.posts)


def test_a_late_post_in_an_overlap_that_was_put_off_is_found_afterwards() -> None:
    network = many(10, start=NOW - hours(24))
    small = source(limits={"pages": 3}, overlap="20m")
    run = poll(small, network, started=NOW - hours(24))
    network.add(*(view(1000 + n, NOW - timedelta(seconds=5 * n)) for n in range(900)))
    run = poll(small, network, run, NOW)
    network.add(view(9000, NOW + MINUTE * 5, created=NOW - MINUTE * 12))
    run, found = read_on(small, network, run, (NOW + MINUTE * minutes for minutes in (5, 10, 15, 30, 45)))
    assert run.spider.cursor["left"] is None
    assert uri_of(9000) in found
