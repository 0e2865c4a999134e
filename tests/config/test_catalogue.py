"""The shipped register: each entry of a form that can be read, off, and accepted only with a purpose and a basis."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from config import (
    ConfigError,
    Source,
    SourceKind,
    accept_source,
    add_entries,
    load_catalogue,
    load_sources,
    make_source_id,
)

TODAY = date(2026, 11, 22)
BASIS = {"purpose": "to know", "legal_basis": "GDPR 6(1)(e)"}
SERVED = {"en", "de", "fr", "es", "ar", "tr"}
"""Languages of the corpus."""


def test_the_shipped_register_is_large_and_off_and_in_every_language_served() -> None:
    sources = load_catalogue().sources
    assert len(sources) >= 40
    assert len({(source.url, source.tag, source.query) for source in sources}) == len(sources)
    assert {code for source in sources for code in source.languages} >= SERVED
    for source in sources:
        assert not source.enabled, source.id
        assert source.why_off, source.id
        assert source.url.startswith("wss://" if source.is_stream else "https://"), source.id
        assert not source.purpose, "the operator states it"


def languages(*sources: Source) -> set[str]:
    return {code for source in sources for code in source.languages}


def test_each_kind_that_a_deployment_begins_with_is_there_in_the_languages_served() -> None:
    sources = load_catalogue().sources
    outlets = [source for source in sources if source.author_kind == "outlet"]
    assert languages(*outlets) >= SERVED, "news"
    united_nations = [
        source for source in sources if source.url.startswith(("https://news.un.org/", "https://www.unhcr.org/"))
    ]
    assert languages(*united_nations) >= {"en", "fr", "es", "ar", "ru"}, "the UN write neither Turkish nor German"
    helping = [source for source in sources if source.author_kind == "organisation" and source not in united_nations]
    assert languages(*helping) >= SERVED, "organisations"
    hashtags = [source for source in sources if source.kind is SourceKind.MASTODON]
    assert languages(*hashtags) >= SERVED
    assert all(source.tag for source in hashtags), "a whole server is nobody's start"
    searches = [source for source in sources if source.kind is SourceKind.BLUESKY]
    assert languages(*searches) >= SERVED
    assert all(f"lang:{source.languages[0]}" in (source.query or "") for source in searches)
    readers_write = [source for source in sources if source.author_kind == "person"]
    forums = [source for source in readers_write if source.kind in (SourceKind.FEEDS, SourceKind.LEMMY)]
    assert len(forums) >= 5


def test_every_address_says_by_its_form_what_it_is_read_as() -> None:
    """Form only: nothing of it is fetched here."""
    for source in load_catalogue().sources:
        parts = urlsplit(source.url)
        assert re.fullmatch(r"(?:[a-z0-9-]+\.)+[a-z]{2,}", parts.hostname or ""), source.id
        assert not parts.fragment, source.id
        if source.kind is SourceKind.FEEDS:
            assert parts.path not in ("", "/"), f"{source.id}: a home page is no feed"
            assert source.interval >= timedelta(minutes=15), source.id
        if source.kind is SourceKind.MASTODON:
            assert (parts.path, parts.query) == ("", ""), source.id


def test_an_entry_of_the_shipped_register_is_accepted_with_name_and_day(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no purpose"):
        accept_source(tmp_path, "ecre", "Ana", TODAY, {})
    accepted = accept_source(tmp_path, "ecre", "Ana", TODAY, {**BASIS, "terms_read": TODAY})
    assert load_sources(tmp_path).sources == (accepted,)
    assert accepted.why_off is None
    assert (accepted.switched_on_by, accepted.terms_read) == ("Ana, 2026-11-22", TODAY)
    shipped = load_catalogue().get("ecre")
    assert shipped is not None
    assert (accepted.url, accepted.interval, accepted.languages) == (shipped.url, shipped.interval, shipped.languages)


def test_every_entry_can_be_accepted(tmp_path: Path) -> None:
    for source in load_catalogue().sources:
        folder = tmp_path / source.id
        folder.mkdir()
        accepted = accept_source(folder, source.id, "Ana", TODAY, BASIS)
        assert accepted.why_off is None
        assert load_sources(folder).sources == (accepted,)


def test_accepting_an_entry_of_ones_own_changes_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(
        "# mine\nsources:\n  # first\n  - id: one   # the daily\n    kind: feeds\n    url: https://one.example/feed\n"
        "    enabled: false\n    purpose: 'no'\n    legal_basis: l\n  - {id: two, kind: import}\n# end\n",
        "utf-8",
    )
    before = load_sources(tmp_path)
    accepted = accept_source(tmp_path, "one", "Ana: x", TODAY, {})
    after = load_sources(tmp_path)
    assert after.get("one") == accepted
    assert accepted.enabled
    assert accepted.purpose == "no"
    assert after.get("two") == before.get("two")
    assert [word in path.read_text() for word in ("# mine", "# first", "# the daily", "# end")] == [True] * 4


@pytest.mark.parametrize(
    ("source_id", "words"), [("nowhere", "there is no source 'nowhere'"), ("bare", "bare would not run: no purpose")]
)
def test_what_cannot_be_accepted_leaves_the_file_as_it_was(tmp_path: Path, source_id: str, words: str) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(yaml.safe_dump({"sources": [{"id": "bare", "kind": "feeds", "url": "https://b.example/f"}]}))
    before = path.read_bytes()
    with pytest.raises(ConfigError, match=words):
        accept_source(tmp_path, source_id, "Ana", TODAY, {})
    assert path.read_bytes() == before


def test_several_entries_are_added_together_or_not_at_all(tmp_path: Path) -> None:
    entries = [{"id": f"s{n}", "kind": "feeds", "url": f"https://s{n}.example/f", "enabled": False} for n in range(3)]
    assert [source.id for source in add_entries(tmp_path, entries)] == ["s0", "s1", "s2"]
    before = (tmp_path / "sources.yaml").read_bytes()
    with pytest.raises(ConfigError, match="s1 stands in"):
        add_entries(tmp_path, [{"id": "new", "kind": "import"}, entries[1]])
    with pytest.raises(ConfigError):
        add_entries(tmp_path, [{"id": "twice", "kind": "import"}] * 2)
    assert (tmp_path / "sources.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "made"),
    [
        ("The Daily — Zürich!", "the-daily-zurich"),
        ("https://www.news.example/feed/", "news-example"),
        ("أخبار", "source"),
        ("x" * 99, "x" * 40),
        ("https://[", "source"),
    ],
)
def test_names_are_made_of_titles_and_addresses(words: str, made: str) -> None:
    assert make_source_id(words, ()) == made
    assert make_source_id(words, {made}) == f"{made}-2"
