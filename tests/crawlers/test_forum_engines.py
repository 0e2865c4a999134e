"""The engines that come with Daymark, and one that an operator writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import ConfigError
from crawlers.platforms.forum.engine import SHIPPED, Engine, load_engine

NAMES = sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def test_the_seven_engines_are_there() -> None:
    assert NAMES == ["machina", "mybb", "phpbb", "smf", "vbulletin", "vbulletin3", "xenforo"]
    for name in NAMES:
        head = (SHIPPED / f"{name}.yaml").read_text().partition("sign:")[0]
        assert "hecked against" in head, "each says what it was checked against"


def own(tmp_path: Path, change: str = "", to: str = "") -> Path:
    (tmp_path / "forums").mkdir()
    text = (SHIPPED / "phpbb.yaml").read_text()
    assert change in text
    (tmp_path / "forums" / "mine.yaml").write_text(text.replace(change, to, 1))
    return tmp_path


def test_an_engine_of_the_data_folder_is_read(tmp_path: Path) -> None:
    engine = load_engine("mine", own(tmp_path, "a.topictitle", "a.topic-link"))
    assert isinstance(engine, Engine)
    assert engine.topics.link.at == ("a.topic-link",)


@pytest.mark.parametrize(
    ("change", "to", "says"),
    [
        ("a.topictitle", "a[[", "is no selector"),
        ("'[?&]t=(\\d+)'", "'[?&]t='", "has no group"),
        ("'[?&]t=(\\d+)'", "'[?&]t=('", "is no pattern"),
        ("{id}", "{post}", "may hold"),
        ("{board}viewtopic.php?p={id}", "{board}", "does not hold {id}"),
        ("session:", "sessions:", "sessions"),
    ],
)
def test_a_wrong_engine_is_named_with_its_line(tmp_path: Path, change: str, to: str, says: str) -> None:
    with pytest.raises(ConfigError, match=r"mine\.yaml, line") as raised:
        load_engine("mine", own(tmp_path, change, to))
    assert says in str(raised.value)


@pytest.mark.parametrize("name", ["nobody", "../phpbb", "", "A"])
def test_an_engine_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError):
        load_engine(name, tmp_path)
