"""A digest in a language that the model does not assess says so: its silence would read as "no adverts"."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import scheduler
from alerts import Window, language_warnings, make_digest, prepare, preview, show
from config import load_subscriptions
from records import Kind
from tests.alerts.conftest import END, NOW, START, World, subscribe

ASSESSED = frozenset({"de", "en", "fr"})


def add_unassessed(world: World, lang: str, **fields: Any) -> None:
    world.add(f"words in {lang}", lang=lang, covered=False, labels=[], offer=None, kind=Kind.OTHER, **fields)


def flat(text: str) -> str:
    return " ".join(text.split())


def test_posts_that_nobody_assessed_are_told_of_once_a_window(world: World) -> None:
    asked = subscribe(languages=["ar", "tr"])
    for _ in range(3):
        add_unassessed(world, "ar")
    add_unassessed(world, "fa")
    assert prepare(world.ledger, world.index, [asked], NOW, assessed=ASSESSED).deliveries == 1
    assert prepare(world.ledger, world.index, [asked], NOW, assessed=ASSESSED).deliveries == 0
    shown = preview(world.ledger, world.index, asked, NOW + timedelta(hours=1), ASSESSED)
    assert "not assessed," not in shown.subject, "in the next window nothing came in"
    digest, _ = make_digest(world.ledger, world.index, asked, Window(START, END), [], NOW, ASSESSED)
    shown = show(world.ledger, digest)
    assert ": no new offers, 3 posts not assessed," in shown.subject
    for output in (shown.html, shown.text):
        assert "The model does not assess Arabic, Turkish" in flat(output)
        assert "3 posts of this window could not be assessed, all because of the language" in flat(output)
        assert "No new offers among the posts that could be assessed" in flat(output)


def test_where_nothing_came_in_there_is_nothing_to_say(world: World) -> None:
    add_unassessed(world, "ar", at=START - timedelta(hours=2))
    made = prepare(world.ledger, world.index, [subscribe(languages=["ar"])], NOW, assessed=ASSESSED)
    assert made.deliveries == 0


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"languages": ["de", "ar"]}, 1),
        ({"languages": ["de", "en"]}, 0),
        ({"languages": ["ar"], "labels": [], "events": True}, 0),
        # To all languages: there are some that are assessed.
        ({}, 0),
    ],
)
def test_only_who_asks_for_those_languages_is_told(world: World, fields: dict[str, Any], expected: int) -> None:
    add_unassessed(world, "ar")
    add_unassessed(world, "en")
    world.add("An opinion", labels=[], offer=None, kind=Kind.OPINION)
    subscription = subscribe(**fields)
    assert prepare(world.ledger, world.index, [subscription], NOW, assessed=ASSESSED).deliveries == expected


def test_a_digest_of_all_languages_is_sent_where_all_that_came_in_was_in_others(world: World) -> None:
    add_unassessed(world, "ar")
    add_unassessed(world, "und")
    digest, _ = make_digest(world.ledger, world.index, subscribe(), Window(START, END), [], NOW, ASSESSED)
    assert (digest.unassessed, digest.unassessed_uncovered, digest.uncovered) == (2, 1, ())
    assert "2 posts of this window could not be assessed, 1 because of the language" in flat(
        show(world.ledger, digest).text
    )
    assert prepare(world.ledger, world.index, [subscribe()], NOW, assessed=ASSESSED).deliveries == 1


def test_where_no_model_is_known_the_number_is_told_still(world: World) -> None:
    add_unassessed(world, "ar")
    digest, _ = make_digest(world.ledger, world.index, subscribe(), Window(START, END), [], NOW)
    assert not digest.is_blind
    assert "1 post of this window could not be assessed:" in flat(show(world.ledger, digest).text)


def test_the_warning_names_the_languages_and_what_that_means() -> None:
    entries = [
        subscribe(id="east", languages=["ar", "de", "tr"]),
        subscribe(id="west", languages=["fr"]),
        subscribe(id="off", languages=["ar"], enabled=False),
        subscribe(id="all"),
    ]
    (line,) = language_warnings(entries, ASSESSED)
    assert "subscription east: the model does not assess ar, tr (it assesses de, en, fr)" in line
    assert "nothing that is written there is ever found" in line


def test_the_shipped_model_is_asked(world: World) -> None:
    assessed = scheduler.assessed_languages(world.settings)
    assert assessed
    assert scheduler.assessed_languages(world.settings.model_copy(update={"model": "/nonexistent"})) is None
    assert load_subscriptions(world.settings.data).subscriptions == ()
