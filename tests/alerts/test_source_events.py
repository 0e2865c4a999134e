"""Digests that tell what befell the sources: each beginning and each end once, in the same outbox as everything else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from alerts import Rendered, Window, deliver, make_digest, prepare, preview, show
from config import Subscription, Subscriptions
from ledger import (
    Gap,
    OutboxWindow,
    PollResult,
    Sign,
    Signs,
    claim_outbox,
    claim_source,
    finish_poll,
    read_windows,
    record_dead,
    start_poll,
)
from records import EventKind
from tests.alerts.conftest import END, NOW, START, World, subscribe
from tests.peers.smtp import Mailbox

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
FAILING = Sign(EventKind.FAILING, START + 2 * HOUR, "3 polls in a row went wrong, the last as timeout")


def watch(**fields: Any) -> Subscription:
    """A subscription of source events alone."""
    return subscribe(**{"id": "sources", "title": "Sources", "labels": [], "events": True, **fields})


def poll(world: World, at: datetime, *signs: Sign, over: EventKind | None = None, gaps: tuple[Gap, ...] = ()) -> None:
    """A poll of the source `paper` that says so."""
    claim_source(world.ledger, world.worker, "paper", "paper.example", at, force=True)
    number = start_poll(world.ledger, world.worker, "paper", at)
    result = PollResult(
        "ok" if gaps or over else "failed",
        at,
        signs=Signs(signs, frozenset({over} if over else ())),
        gaps=gaps,
    )
    assert finish_poll(world.ledger, number, result, at + HOUR)


def told(world: World, start: datetime, *earlier: OutboxWindow) -> Rendered:
    digest, _ = make_digest(world.ledger, world.index, watch(), Window(start, start + DAY), list(earlier), start + DAY)
    return show(world.ledger, digest)


def next_window(world: World, subscription: Subscription, now: datetime) -> int:
    return prepare(world.ledger, world.index, [subscription], now).deliveries


def test_a_beginning_and_an_end_are_told_once_each(world: World, smtp_server: Mailbox) -> None:
    settings = world.settings.model_copy(
        update={"smtp_url": f"smtp://{smtp_server.host}:{smtp_server.port}", "smtp_from": "daymark@monitor.example"}
    )
    register = Subscriptions(subscriptions=(watch(),))
    poll(world, START + 4 * HOUR, FAILING)
    sent = []
    for days in range(4):
        now = NOW + days * DAY
        if days == 2:
            poll(world, now - 3 * HOUR, over=EventKind.FAILING)
        made = next_window(world, watch(), now)
        assert next_window(world, watch(), now) == 0, "the same window makes no second one"
        sent.append((made, deliver(world.ledger, world.worker, settings, register, now).sent))
    assert sent == [(1, 1), (0, 0), (1, 1), (0, 0)]
    first, second = smtp_server.messages
    assert first.message["Subject"] == "Sources: 1 source event, 10 Mar 2026 07:00"
    assert "* paper: failing, since Mon 09 Mar 2026, 09:00" in first.text
    assert "3 polls in a row went wrong, the last as timeout" in first.text
    assert "To do: see what it answers: daymark sources check paper" in " ".join(first.text.split())
    assert "Share of posts" not in first.text
    ended = " ".join(second.text.split())
    assert "from Mon 09 Mar 2026, 09:00; recovered Thu 12 Mar 2026, 04:00" in ended
    assert "To do" not in ended


def test_what_begins_and_ends_within_a_window_is_one_line(world: World) -> None:
    poll(world, START + 4 * HOUR, FAILING)
    poll(world, START + 6 * HOUR, over=EventKind.FAILING)
    text = told(world, START).text
    assert text.count("* paper") == 1
    assert "recovered" in text


def test_a_gap_is_told_with_its_bounds_and_why(world: World) -> None:
    gap = Gap(START - 5 * HOUR, START + 3 * HOUR, "beyond_reach", "no poll in it")
    poll(world, START + 4 * HOUR, gaps=(gap,))
    shown = told(world, START)
    for page in (shown.text, shown.html):
        flat = " ".join(page.split())
        assert "not read from 2026-03-09 01:00 to 2026-03-09 09:00 UTC: the source no longer showed it" in flat


def test_an_event_that_was_written_down_late_is_told_by_the_next_digest(world: World) -> None:
    """A poll that ended before the window did, whose end was written down after the digest was made."""
    earlier = OutboxWindow("sources", "smtp", START - DAY, START)
    poll(world, START - HOUR, FAILING)
    assert "* paper: failing" in told(world, START, earlier).text
    known = OutboxWindow("sources", "smtp", START - DAY, START, events=("e1",))
    assert "Nothing new since the last digest." in told(world, START, known).text


def test_the_first_digest_tells_of_all_that_lasts(world: World) -> None:
    poll(world, START - 30 * DAY, FAILING, Sign(EventKind.SILENT, START - 40 * DAY, "nothing new for 10 days"))
    poll(world, START - 20 * DAY, over=EventKind.FAILING)
    text = told(world, START).text
    assert "silent" in text
    assert "failing" not in text, "long over"


def test_a_digest_that_reached_nobody_has_told_nothing(world: World) -> None:
    poll(world, START + 4 * HOUR, FAILING)
    next_window(world, watch(), NOW)
    (item,) = claim_outbox(world.ledger, world.worker, NOW)
    record_dead(world.ledger, world.worker, item, "no such mailbox")
    (window,) = read_windows(world.ledger, "sources")
    assert (window.events, window.told) == (("e1",), False)
    assert next_window(world, watch(), NOW + DAY) == 1


def test_a_digest_of_offers_has_them_below_and_only_where_asked(world: World) -> None:
    world.add()
    poll(world, START + 4 * HOUR, FAILING)
    both = preview(world.ledger, world.index, subscribe(events=True), END)
    assert both.subject == "New offers, eastern route: 1 new offer, 1 source event, 10 Mar 2026 07:00"
    assert both.text.index("Score 0.90") < both.text.index("== Sources") < both.text.index("== Share of posts")
    assert "paper" in both.html
    plain = preview(world.ledger, world.index, subscribe(), END)
    assert "paper" not in plain.text + plain.html
    assert "source event" not in plain.subject


def test_without_events_there_is_nothing_to_say(world: World) -> None:
    assert next_window(world, watch(), NOW) == 0
    assert "no source events" in preview(world.ledger, world.index, watch(), END).subject


def test_a_subscription_needs_a_matter() -> None:
    with pytest.raises(ValidationError, match="events: true"):
        subscribe(labels=[])
