"""The shipped register: each entry of a form that can be read, off, and accepted only with a purpose and a basis."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from config import ConfigError, SourceKind, accept_source, add_entries, load_catalogue, load_sources, make_source_id

TODAY = date(2026, 11, 22)
BASIS = {"purpose": "to know", "legal_basis": "GDPR 6(1)(e)"}
SERVED = {"en", "de", "fr", "es", "ar", "tr"}
"""Languages of the corpus."""


def test_the_shipped_register_is_large_and_off_and_in_every_language_served() -> None:
    sources = load_catalogue().sources
    assert len(sources) >= 40
    assert len({(source.url, source.tag) for source in sources}) == len(sources)
    assert {code for source in sources for code in source.languages} >= SERVED
    assert {SourceKind.FEEDS, SourceKind.MASTODON} <= {source.kind for source in sources}
    for source in sources:
        assert not source.enabled, source.id
        assert source.why_off, source.id
        assert source.url.startswith("https://"), source.id
        assert not source.purpose, "the operator states it"


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
        accepted = accept_source(tmp_path, source.id, "Ana", TODAY, BASIS)
        assert accepted.why_off is None
    assert len(load_sources(tmp_path).sources) == len(load_catalogue().sources)


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
