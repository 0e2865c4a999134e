"""A source's state in a word, and why."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from config import Project, Source
from crawlers import source_health
from ledger import SourceEvent, SourceState
from records import EventKind

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PROJECT = Project(controller="Test", purpose="tests", legal_basis="invented posts", contact="test@example.org")
WHY = {"purpose": "tests", "legal_basis": "invented posts"}
FEED: dict[str, Any] = {"id": "s", "kind": "feeds", "url": "https://a.example/feed", **WHY}
CHANNEL: dict[str, Any] = {"id": "s", "kind": "telegram", "url": "https://t.me/examplechannel", **WHY}


def state(**changes: Any) -> SourceState:
    """A source of ten posts a day, read for two weeks, that brought something an hour ago."""
    usual: dict[str, Any] = {"health": "ok", "rate": 10 / 24, "rate_hours": 168.0, "last_new": NOW - timedelta(hours=1)}
    return SourceState("s", **{**usual, **changes})


@pytest.mark.parametrize(
    ("entry", "project", "word", "why"),
    [
        (FEED, {}, "ok", ""),
        ({**FEED, "enabled": False}, {}, "off", "switched off"),
        ({**FEED, "purpose": ""}, {}, "off", "no purpose"),
        (FEED, {"ends": date(2026, 11, 21)}, "off", "collection ended on 2026-11-21"),
        (FEED, {"ends": date(2026, 11, 22)}, "ok", ""),
        (CHANNEL, {}, "off", "telegram_basis"),
        (CHANNEL, {"telegram_basis": "research exception, DPIA 2026-03"}, "ok", ""),
        ({"id": "s", "kind": "import", **WHY}, {}, "ok", ""),
        ({"id": "s", "kind": "import"}, {}, "off", "no purpose"),
    ],
)
def test_what_does_not_run_is_off_and_says_why(
    entry: dict[str, Any], project: dict[str, Any], word: str, why: str
) -> None:
    found = source_health(Source.model_validate(entry), PROJECT.model_copy(update=project), state(), NOW)
    assert found.word == word
    assert why in found.why
    assert bool(found.why) == bool(why)


SILENCE = SourceEvent(
    "e1", "s", EventKind.SILENT, NOW - timedelta(days=40), NOW, "nothing new since then; 10.0 posts a day were usual"
)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "silent"),
        ({"health": "empty"}, "silent"),
        ({"rate": 0.0001}, "silent"),
        ({"health": "failed"}, "failed"),
        ({"health": "blocked"}, "blocked"),
    ],
)
def test_silent_is_who_answers_while_the_event_lasts(changes: dict[str, Any], word: str) -> None:
    quiet = state(last_new=NOW - timedelta(days=40), **changes)
    found = source_health(Source.model_validate(FEED), PROJECT, quiet, NOW, SILENCE)
    assert found.word == word
    assert ("were usual" in found.why) == (word == "silent")


def test_a_service_that_stood_still_makes_nobody_silent() -> None:
    """Nobody asked for two days, so nobody knows."""
    stopped = state(last_new=NOW - timedelta(days=2), last_attempt=NOW - timedelta(days=2))
    assert source_health(Source.model_validate(FEED), PROJECT, stopped, NOW).word == "ok"


@pytest.mark.parametrize("word", ["blocked", "robots_denied"])
def test_a_refusal_says_why_when_it_is_asked_again_and_how_to_ask_now(word: str) -> None:
    refused = state(health=word, message="the server refuses us (HTTP 403)", next_due=NOW + timedelta(days=7))
    found = source_health(Source.model_validate(FEED), PROJECT, refused, NOW)
    assert found.word == word
    assert found.why == (
        "the server refuses us (HTTP 403); asked again on 2026-11-29 12:00 UTC, or now by: daymark collect --source s"
    )


def test_what_failed_keeps_the_reason_of_its_last_poll() -> None:
    broken = state(health="failed", message="the server answered 500")
    found = source_health(Source.model_validate(FEED), PROJECT, broken, NOW)
    assert (found.word, found.why) == ("failed", "the server answered 500")
