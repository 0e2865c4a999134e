"""subscriptions.yaml: what is right is read, what is wrong is named by file, line and field."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from config import ConfigError, Every, load_subscriptions
from config.subscriptions import _LABELS
from records import Label

GOOD = """subscriptions:
  - id: east
    title: Eastern route
    channel: smtp
    recipients: [unit@example.org, desk@example.org]
    languages: [ar, fa]
    routes: [TR-DE, "*-GR"]
    min_score: 0.7
    every: daily
    at: 10:30
    zone: Europe/Athens
  - id: archive
    title: For the archive
    channel: file
    recipients: [digests]
    every: hourly
"""


def write(folder: Path, text: str) -> Path:
    (folder / "subscriptions.yaml").write_text(text, "utf-8")
    return folder


def test_a_file_is_read(tmp_path: Path) -> None:
    first, second = load_subscriptions(write(tmp_path, GOOD)).subscriptions
    # Unquoted, YAML makes a number to the base of sixty of it.
    assert first.at == time(10, 30)
    assert first.routes == ("TR-DE", "*-GR")
    assert (second.every, second.cap, second.only_when_news) == (Every.HOURLY, 50, True)


def test_no_file_is_no_subscription(tmp_path: Path) -> None:
    assert load_subscriptions(tmp_path).subscriptions == ()
    assert load_subscriptions(write(tmp_path, "")).subscriptions == ()


def test_the_labels_are_those_of_the_records() -> None:
    assert tuple(Label) == _LABELS


@pytest.mark.parametrize(
    ("was", "becomes", "line", "field"),
    [
        ("at: 10:30", "at: noon", 10, "subscriptions.0.at"),
        ("zone: Europe/Athens", "zone: Athens", 11, "subscriptions.0.zone"),
        ("min_score: 0.7", "min_score: 7", 8, "subscriptions.0.min_score"),
        ("routes: [TR-DE", "routes: [Turkey-Germany", 7, "subscriptions.0.routes"),
        ("every: hourly", "evry: hourly", 16, "subscriptions.1.evry"),
        ("channel: file", "channel: fax", 14, "subscriptions.1.channel"),
        ("id: archive", "id: east", 1, "the id 'east' stands twice"),
        ("unit@example.org", '"unit@example.org\\nBcc: all@example.org"', 2, "is no e-mail address"),
        ("[ar, fa]", "[ar, no]", 6, "subscriptions.0.languages.1"),
        ("recipients: [digests]", 'recipients: ["~nosuchuser/digests"]', 12, "a user whom this machine does not know"),
        ("title: Eastern route", 'title: "Eastern\\nroute"', 3, "subscriptions.0.title"),
    ],
)
def test_a_mistake_is_named_by_file_line_and_field(
    tmp_path: Path, was: str, becomes: str, line: int, field: str
) -> None:
    assert was in GOOD
    with pytest.raises(ConfigError) as caught:
        load_subscriptions(write(tmp_path, GOOD.replace(was, becomes)))
    message = str(caught.value)
    assert f"subscriptions.yaml, line {line}:" in message
    assert field in message
    assert "\n" not in message


def test_broken_yaml_is_named_by_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="line 3"):
        load_subscriptions(write(tmp_path, "subscriptions:\n  - id: a\n   title: b\n"))
