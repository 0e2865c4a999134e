"""A source's state in a word, and why."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from config import Project, Source
from crawlers import source_health
from ledger import SourceState

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


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"last_new": NOW - timedelta(hours=20)}, "ok"),
        ({"last_new": NOW - timedelta(days=2)}, "silent"),
        ({"last_new": NOW - timedelta(days=2), "rate_hours": 20.0}, "ok"),
        ({"last_new": NOW - timedelta(days=2), "health": "failed"}, "failed"),
        ({"last_new": None}, "ok"),
    ],
)
def test_silent_is_who_answers_and_brings_nothing_for_too_long(changes: dict[str, Any], word: str) -> None:
    assert source_health(Source.model_validate(FEED), PROJECT, state(**changes), NOW).word == word


def test_silence_says_since_when_and_what_was_usual() -> None:
    quiet = state(last_new=NOW - timedelta(days=2))
    why = source_health(Source.model_validate(FEED), PROJECT, quiet, NOW).why
    assert "nothing new for 2.0 days" in why
    assert "10.0 posts a day were usual" in why


def test_what_failed_keeps_the_reason_of_its_last_poll() -> None:
    broken = state(health="failed", message="the server answered 500")
    found = source_health(Source.model_validate(FEED), PROJECT, broken, NOW)
    assert (found.word, found.why) == ("failed", "the server answered 500")
