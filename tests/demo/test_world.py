"""What the demo's world holds: counts as stated, truth that agrees with itself, contacts that are nobody's."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from datetime import datetime, timedelta

import pytest

from demo.entries import EntryKind
from demo.site import World, build_world
from tests.demo.conftest import NOW

CONTACT = re.compile(r"\+\d[\d \-]{7,}\d|[\w.]+@[\w.]+\w|example_\w+")
FICTIONAL = re.compile(
    r"\+44 7700 900\d{3}|\+1 555-01\d\d|\+33 6 39 98 \d\d \d\d|\+49 171 39200\d\d|\+90 555 000 00 \d\d"
    r"|\+218 00 000 00 \d\d|\+٢١٨ ٠٠ ٠٠٠ ٠٠ [٠-٩]{2}|[a-z.]+@example\.org|example_[a-z]+"
)


def test_the_world_counts_as_stated(world: World) -> None:
    entries = world.entries
    assert Counter(entry.lang for entry in entries) == {
        "en": 90,
        "fr": 45,
        "es": 45,
        "de": 45,
        "ar": 40,
        "tr": 35,
    }
    assert Counter(label for entry in entries for label in entry.truth.labels) == {
        "smuggling_offer": 70,
        "risk_narrative": 55,
        "xenophobic_framing": 45,
        "positive_framing": 45,
    }
    assert sum(entry.truth.on_topic and not entry.truth.labels for entry in entries) == 60
    assert sum(not entry.truth.on_topic for entry in entries) == 40
    assert Counter(entry.kind_of_entry for entry in entries) == {EntryKind.POST: 242, EntryKind.ARTICLE: 58}
    assert len({entry.id for entry in entries}) == len({entry.text for entry in entries}) == 300


def test_truth_is_consistent(world: World) -> None:
    for entry in world.entries:
        offered = "smuggling_offer" in entry.truth.labels
        assert (entry.truth.offer is not None) == offered == (entry.truth.kind == "offer"), entry.id
        assert entry.truth.on_topic or not entry.truth.labels, entry.id
        if entry.kind_of_entry is EntryKind.ARTICLE:
            assert entry.title, entry.id
            assert 3 <= len(entry.text.split("\n\n")) <= 6, entry.id


def test_near_copies_come_in_twelve_families(world: World) -> None:
    families = Counter(entry.family for entry in world.entries if entry.family)
    assert len(families) == 12
    assert min(families.values()) >= 2
    assert all("smuggling_offer" in entry.truth.labels for entry in world.entries if entry.family)


def test_contacts_are_listed_and_fictional(world: World) -> None:
    for entry in world.entries:
        assert list(entry.contacts) == CONTACT.findall(entry.text), entry.id
        assert all(FICTIONAL.fullmatch(contact) for contact in entry.contacts), entry.id
        assert not CONTACT.search(f"{entry.author} {entry.title}"), entry.id


def test_dates_lie_in_the_last_120_days_and_show_both_surges(world: World) -> None:
    assert all(timedelta(0) < NOW - entry.published < timedelta(days=120) for entry in world.entries)
    offers = [(entry.days_ago, entry.truth.offer) for entry in world.entries if entry.truth.offer]
    crossing = [days for days, offer in offers if offer.origin == ("TR",) and offer.destination == ("IT",)]
    assert sum(36 <= days <= 44 for days in crossing) == 16
    assert len(crossing) == 20
    hate = Counter(entry.days_ago // 8 for entry in world.entries if "xenophobic_framing" in entry.truth.labels)
    assert hate[2] >= 3 * statistics.mean(hate[week] for week in range(15) if week != 2)


def test_the_same_moment_gives_the_same_world(world: World) -> None:
    assert build_world(NOW) == world


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        build_world(datetime(2026, 11, 22))
