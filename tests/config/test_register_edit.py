"""Adding an entry to sources.yaml: comments and order stay, the file changes whole or not at all."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import yaml

from config import ConfigError, add_source, load_sources, make_register

ENTRY = {
    "id": "news",
    "kind": "feeds",
    "url": "https://news.example/feed",
    "purpose": "to know",
    "legal_basis": "GDPR 6(1)(e)",
    "interval": "15m",
}
HERALD = {"id": "herald", "kind": "feeds", "url": "https://herald.example/feed", "purpose": "p", "legal_basis": "l"}


def ids(data: Path) -> list[str]:
    return [source.id for source in load_sources(data).sources]


def write(data: Path, text: str) -> Path:
    path = data / "sources.yaml"
    path.write_text(text, "utf-8")
    return path


def test_the_first_entry_makes_the_file(tmp_path: Path) -> None:
    assert add_source(tmp_path, ENTRY).id == "news"
    assert ids(tmp_path) == ["news"]
    assert (tmp_path / "sources.yaml").read_text().startswith("# What may be read")
    make_register(tmp_path)
    assert ids(tmp_path) == ["news"]


@pytest.mark.parametrize(
    "text",
    [
        yaml.safe_dump({"sources": [HERALD]}),  # the list at the first column
        "# mine\nsources:\n    - id: herald   # the daily\n      kind: import\n\n# the end\n",
        'sources: [{id: herald, kind: import, purpose: "a: b"}]\n',
        "sources:\n  - {id: herald, kind: import}",
        "%YAML 1.1\n---\nsources:\n- {id: herald, kind: import}\n",
        "common: &c {kind: import}\nsources: []\n",
    ],
)
def test_an_entry_is_added_to_any_register_that_can_be_read(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    if "common" in text:
        with pytest.raises(ConfigError, match="common"):
            add_source(tmp_path, ENTRY)
        assert path.read_text() == text
        return
    before = load_sources(tmp_path).sources
    added = add_source(tmp_path, ENTRY)
    assert load_sources(tmp_path).sources == (*before, added)
    for comment in ("# mine", "# the daily", "# the end"):
        assert (comment in path.read_text()) == (comment in text)


@pytest.mark.parametrize("query", ['"small boats" lang:en', "#boza", "no", "a: b", "[x", "&a *b", "12:30", "- x", "%y"])
def test_any_words_can_be_searched_for(tmp_path: Path, query: str) -> None:
    """Words that mean something to YAML."""
    entry = {**ENTRY, "kind": "bluesky", "url": "https://public.api.bsky.app", "query": query}
    assert add_source(tmp_path, entry).query == query
    assert load_sources(tmp_path).sources[0].query == query


@pytest.mark.parametrize("text", ["", "# my own words\n", "sources:\n", "sources: []  # none yet\n"])
def test_an_entry_is_added_to_an_empty_register(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    add_source(tmp_path, ENTRY)
    assert ids(tmp_path) == ["news"]
    assert "# my own words" in path.read_text() or "my own" not in text


@pytest.mark.parametrize(
    "purpose", ["no one else reads it", "no", "12:30", "2026-11-01", "a: b # c", "ö 'x' \"y\"", "1_0"]
)
def test_a_purpose_comes_back_as_it_was_said(tmp_path: Path, purpose: str) -> None:
    assert add_source(tmp_path, {**ENTRY, "purpose": purpose}).purpose == purpose
    assert load_sources(tmp_path).sources[0].purpose == purpose


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"purpose": " "}, "news would not run: no purpose"),
        ({"legal_basis": "TODO"}, "news would not run: no legal_basis"),
        ({"url": "https://"}, "url is no address"),
        ({"id": "My News"}, "id: 'My News' is no id: lower-case letters"),
        ({"id": "herald"}, "herald stands in .* already"),
    ],
)
def test_what_is_refused_leaves_the_file_as_it_was(tmp_path: Path, changes: dict[str, str], words: str) -> None:
    path = write(tmp_path, yaml.safe_dump({"sources": [HERALD]}))
    before = path.read_bytes()
    with pytest.raises(ConfigError, match=words):
        add_source(tmp_path, {**ENTRY, **changes})
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["sources.yaml"]


def test_a_broken_register_is_not_made_worse(tmp_path: Path) -> None:
    path = write(tmp_path, "sources:\n- id: a\n  kind: [\n")
    with pytest.raises(ConfigError, match="not readable YAML"):
        add_source(tmp_path, ENTRY)
    assert path.read_text() == "sources:\n- id: a\n  kind: [\n"


def test_mode_and_link_of_the_file_stay(tmp_path: Path) -> None:
    kept = tmp_path / "kept.yaml"
    kept.write_text("sources: []\n")
    kept.chmod(0o640)
    data = tmp_path / "data"
    data.mkdir()
    (data / "sources.yaml").symlink_to(kept)
    add_source(data, ENTRY)
    assert (data / "sources.yaml").is_symlink()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640
    assert ids(data) == ["news"]
