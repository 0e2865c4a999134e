"""The operator's own files: project.yaml and sources.yaml; errors name file, line and field."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from config import (
    ConfigError,
    Project,
    Retention,
    RobotsTag,
    Source,
    SourceKind,
    load_project,
    load_sources,
    parse_interval,
    write_project,
)

PROJECT = {"controller": "Ann", "purpose": "to know", "legal_basis": "GDPR 6(1)(e)", "contact": "a@example.org"}


# project.yaml


def test_a_project_is_read_as_it_was_written(tmp_path: Path) -> None:
    project = Project(**PROJECT, ends=date(2027, 1, 1), retention=Retention(offer_days=30))
    path = write_project(tmp_path, project)
    assert path == tmp_path / "project.yaml"
    assert path.read_text().startswith("# Who collects")
    assert load_project(tmp_path) == project


def test_retention_has_the_defaults_of_the_rules() -> None:
    keep = Retention()
    assert (keep.off_topic_strip_days, keep.removed_strip_days, keep.capture_body_hours) == (7, 1, 72)
    assert keep.unassessed_strip_days == 90
    assert Retention(off_topic_strip_days=365).unassessed_strip_days == 365, "what an operator had set is not shortened"
    assert Retention(off_topic_strip_days=365, unassessed_strip_days=30).unassessed_strip_days == 30


def test_without_a_project_nothing_is_collected(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="daymark init"):
        load_project(tmp_path)


@pytest.mark.parametrize("field", list(PROJECT))
@pytest.mark.parametrize("value", ["", "  ", "TODO", "tbd.", "?", "--", "n/a"])
def test_a_project_must_say_something(field: str, value: str) -> None:
    with pytest.raises(ValueError, match=field):
        Project.model_validate({**PROJECT, field: value})


@pytest.mark.parametrize(
    ("yaml", "line", "words"),
    [
        ("controller: Ann\npurpose: x\n", 1, "legal_basis: Field required"),
        (
            "controller: A\npurpose: x\nlegal_basis: y\ncontact: a@b\nretention:\n  offer_days: 0\n",
            6,
            "retention.offer_days",
        ),
        ("controller: A\npurpose: x\nlegal_basis: y\ncontact: a@b\nends: soon\n", 5, "ends"),
        ("controller: A\npurpose: x\nlegal_basis: y\ncontact: a@b\nbudget: 3\n", 5, "budget: Extra inputs"),
    ],
)
def test_a_bad_line_of_a_project_is_named(tmp_path: Path, yaml: str, line: int, words: str) -> None:
    (tmp_path / "project.yaml").write_text(yaml)
    with pytest.raises(ConfigError) as caught:
        load_project(tmp_path)
    said = str(caught.value)
    assert said.startswith(f"{tmp_path}/project.yaml, line {line}: ")
    assert words in said
    assert "\n" not in said


# sources.yaml


def make_source(**changes: Any) -> Source:
    values = {"id": "a", "kind": "feeds", "url": "https://x/feed", "purpose": "p", "legal_basis": "l"}
    return Source.model_validate({**values, **changes})


def test_a_register(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text(
        "sources:\n"
        "  - {id: herald, kind: feeds, url: 'https://x/feed', purpose: p, legal_basis: l, interval: 2h, languages: [en, ar]}\n"
        "  - {id: social, kind: mastodon, url: 'https://s', tag: migration, robots_tag: obey, terms_read: 2026-11-01}\n"
        "  - {id: given, kind: import}\n"
    )
    register = load_sources(tmp_path)
    assert [source.id for source in register.sources] == ["herald", "social", "given"]
    herald, social = register.get("herald"), register.get("social")
    assert herald is not None
    assert (herald.interval, herald.languages, herald.why_off) == (timedelta(hours=2), ("en", "ar"), None)
    assert social is not None
    assert (social.kind, social.robots_tag, social.terms_read) == (
        SourceKind.MASTODON,
        RobotsTag.OBEY,
        date(2026, 11, 1),
    )
    assert register.get("nobody") is None


@pytest.mark.parametrize("yaml", ["", "sources:\n", "sources: []\n", "# nothing yet\n"])
def test_a_register_may_be_empty(tmp_path: Path, yaml: str) -> None:
    (tmp_path / "sources.yaml").write_text(yaml)
    assert load_sources(tmp_path).sources == ()


def test_a_missing_register_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="daymark sources add"):
        load_sources(tmp_path)


GOOD = "sources:\n  - id: one\n    kind: feeds\n    url: https://x/feed\n"


@pytest.mark.parametrize(
    ("yaml", "line", "words"),
    [
        (GOOD + "  - id: two\n    kind: telepathy\n", 6, "sources.1.kind"),
        (GOOD + "  - id: two\n    kind: feeds\n    url: ftp://x\n", 5, "url must start with http:// or https://"),
        (GOOD + "    interval: often\n", 5, "sources.0.interval: an interval is a number with"),
        (GOOD + "    interval: 5s\n", 5, "polls under 10 s apart are impolite"),
        (GOOD + "    limits:\n      pages: 0\n", 6, "sources.0.limits.pages"),
        (GOOD + "    password: x\n", 5, "sources.0.password: Extra inputs"),
        (GOOD + "    kind: mastodon\n", 5, "kind stands twice"),
        (GOOD + GOOD, 5, "sources stands twice"),
        (GOOD + "  - id: one\n    kind: import\n", 1, "the id 'one' stands twice"),
        (GOOD + "  - id: Bad Name\n    kind: import\n", 5, "sources.1.id: 'Bad Name' is no id: lower-case letters"),
        (GOOD + "  - {id: b, kind: feeds, url: 'https://'}\n", 5, "url is no address"),
        (GOOD + "  - {id: b, kind: feeds, url: 'https://h:99999/f'}\n", 5, "url is no address: Port out of range"),
        (GOOD + "  - {id: b, kind: feeds, url: 'https://[::1/f'}\n", 5, "url is no address"),
        (GOOD + "  - {id: b, kind: feeds, url: 'https://a b/f'}\n", 5, "url is no address"),
        (GOOD + "  - {id: b, kind: feeds, url: 'https://user:s3cret@h/f'}\n", 5, "behind a log-in"),
        (
            GOOD + "  - {id: b, kind: feeds, url: 'https://h/f', since: 2026-01-01}\n",
            5,
            "since is understood by youtube, vk",
        ),
        (GOOD + "    languages: [turkish]\n", 5, "'turkish' is no language code"),
        (GOOD + "    regions: [tr]\n", 5, "'tr' is no region code"),
        (GOOD + "    author_kind: robot\n", 5, "sources.0.author_kind"),
        ("sources: 3\n", 1, "sources"),
        ("source: []\n", 1, "source: Extra inputs"),
    ],
)
def test_a_bad_line_of_the_register_is_named(tmp_path: Path, yaml: str, line: int, words: str) -> None:
    (tmp_path / "sources.yaml").write_text(yaml)
    with pytest.raises(ConfigError) as caught:
        load_sources(tmp_path)
    said = str(caught.value)
    assert said.startswith(f"{tmp_path}/sources.yaml, line {line}: "), said
    assert words in said
    assert "s3cret" not in said
    assert "\n" not in said


@pytest.mark.parametrize("yaml", ["- a list\n", "text", "sources: [\n", "a: 1\n---\nb: 2\n", "\t- x"])
def test_what_is_no_register_is_refused(tmp_path: Path, yaml: str) -> None:
    (tmp_path / "sources.yaml").write_text(yaml)
    with pytest.raises(ConfigError) as caught:
        load_sources(tmp_path)
    assert str(tmp_path / "sources.yaml") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not readable"):
        load_sources(tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"enabled": False}, "switched off"),
        ({"purpose": " "}, "no purpose"),
        ({"legal_basis": ""}, "no legal_basis"),
        ({"purpose": "todo"}, "no purpose"),
        ({"legal_basis": "-"}, "no legal_basis"),
        ({}, None),
    ],
)
def test_a_source_without_purpose_and_basis_does_not_run(changes: dict[str, Any], words: str | None) -> None:
    why = make_source(**changes).why_off
    assert why is None if words is None else words in str(why)


@pytest.mark.parametrize(
    ("given", "seconds"), [("90", 90), (90, 90), ("15m", 900), (" 2 h ", 7200), ("1d", 86400), (timedelta(5), 432000)]
)
def test_intervals(given: object, seconds: int) -> None:
    assert parse_interval(given) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "given", ["", "m", "-5m", -5, True, None, 1.5, "1.5h", "15 minutes", "99999999999d", "٣m", [1]]
)
def test_what_is_no_interval_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match="an interval"):
        parse_interval(given)
