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
        assert "3 posts read in this window could not be assessed, all because of the language" in flat(output)
        assert "No new offers among the posts that could be assessed" in flat(output)


def test_where_nothing_came_in_there_is_nothing_to_say(world: World) -> None:
    add_unassessed(world, "ar", post={"collected_at": START - timedelta(hours=2)})
    add_unassessed(world, "ar", post={"collected_at": END})
    add_unassessed(world, "ar", at=START - timedelta(days=30))
    made = prepare(world.ledger, world.index, [subscribe(languages=["ar"])], NOW, assessed=ASSESSED)
    assert made.deliveries == 0, "read before, read later, and history"


@pytest.mark.parametrize(
    ("fields", "subscribed"),
    [
        # Published before the window, and read in it: the one before was over by then.
        ({"lang": "ar", "at": START - timedelta(minutes=20)}, {"languages": ["ar"]}),
        ({"lang": "ar", "post": {"published_at": None}}, {"languages": ["ar"]}),
        # In a language that the model assesses: too long, say.
        ({"lang": "en"}, {"languages": ["en"]}),
        ({"lang": "en"}, {}),
    ],
)
def test_whatever_nobody_assessed_is_told_of(world: World, fields: dict[str, Any], subscribed: dict[str, Any]) -> None:
    asked = subscribe(**subscribed)
    add_unassessed(world, **fields)
    add_unassessed(world, **fields)
    digest, _ = make_digest(world.ledger, world.index, asked, Window(START, END), [], NOW, ASSESSED)
    assert ", 2 posts not assessed," in show(world.ledger, digest).subject
    assert prepare(world.ledger, world.index, [asked], NOW, assessed=ASSESSED).deliveries == 1


def test_what_is_off_topic_was_assessed(world: World) -> None:
    add_unassessed(world, "en")
    world.add("The weather", labels=[], offer=None, kind=Kind.OTHER, on_topic=0.1, is_on_topic=False)
    made = prepare(world.ledger, world.index, [subscribe(languages=["en"])], NOW, assessed=ASSESSED)
    assert made.deliveries == 0


def test_the_subject_names_the_posts_for_which_it_goes_out(world: World) -> None:
    world.add("An opinion", labels=[], offer=None, kind=Kind.OPINION)
    for lang in ("ar", "ar", "en"):
        add_unassessed(world, lang)
    asked = subscribe(languages=["ar", "en"])
    digest, _ = make_digest(world.ledger, world.index, asked, Window(START, END), [], NOW, ASSESSED)
    shown = show(world.ledger, digest)
    assert ", 2 posts not assessed," in shown.subject
    assert "3 posts read in this window could not be assessed, 2 because of the language" in flat(shown.text)


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
    add_unassessed(world, "und")
    assert prepare(world.ledger, world.index, [subscribe(id="letters")], NOW, assessed=ASSESSED).deliveries == 0
    add_unassessed(world, "ar")
    digest, _ = make_digest(world.ledger, world.index, subscribe(), Window(START, END), [], NOW, ASSESSED)
    assert (digest.unassessed, digest.unassessed_uncovered, digest.uncovered) == (2, 1, ())
    assert "2 posts read in this window could not be assessed, 1 because of the language" in flat(
        show(world.ledger, digest).text
    )
    assert prepare(world.ledger, world.index, [subscribe()], NOW, assessed=ASSESSED).deliveries == 1


def test_where_no_model_is_known_the_number_is_told_still(world: World) -> None:
    add_unassessed(world, "ar")
    digest, _ = make_digest(world.ledger, world.index, subscribe(), Window(START, END), [], NOW)
    assert digest.is_blind
    assert "1 post read in this window could not be assessed:" in flat(show(world.ledger, digest).text)


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
