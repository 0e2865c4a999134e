"""Digests in files keep no words of what went since."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from alerts import DeliveryReport, deliver, prepare, recall
from alerts.channels import file
from config import Subscriptions
from ledger import erase_author, erase_post, mark_removed, read_kept
from tests.alerts.conftest import NOW, PHONE, World, subscribe

FILED = subscribe(channel="file", recipients=["digests"])


def write_digest(world: World) -> list[Path]:
    prepare(world.ledger, world.index, [FILED], NOW)
    register = Subscriptions(subscriptions=(FILED,))
    assert deliver(world.ledger, world.worker, world.settings, register, NOW) == DeliveryReport(sent=1)
    found = sorted((world.settings.data / "digests").iterdir())
    assert len(found) == 2
    return found


def holding(files: list[Path], words: str) -> int:
    return sum(words in path.read_text("utf-8") for path in files)


@pytest.mark.parametrize("how", ["post", "author", "removed"])
def test_what_is_gone_leaves_the_files_and_the_rest_stays(world: World, how: str) -> None:
    gone = world.add("Unmistakable words " + PHONE, post={"author": "voice"})
    world.add("Boat tonight " + PHONE)
    files = write_digest(world)
    assert holding(files, "Unmistakable") == 2
    assert recall(world.ledger, world.settings) == 0
    if how == "post":
        erase_post(world.ledger, gone, "asked for")
    elif how == "author":
        erase_author(world.ledger, "voice", "asked for")
    else:
        mark_removed(world.ledger, gone, NOW + timedelta(hours=1))
    assert recall(world.ledger, world.settings) == 1
    assert holding(files, "Unmistakable") == 0
    assert holding(files, "Boat tonight") == 2
    if how != "removed":
        assert holding(files, gone) == 0
        assert gone not in str(read_kept(world.ledger, "file"))
    assert recall(world.ledger, world.settings) == 0


def test_what_people_took_away_is_not_written_back(world: World) -> None:
    gone = world.add("Unmistakable words " + PHONE)
    page, text = write_digest(world)
    page.unlink()
    erase_post(world.ledger, gone, "asked for")
    assert recall(world.ledger, world.settings) == 1
    assert not page.exists()
    assert holding([text], "Unmistakable") == 0


def test_a_file_that_cannot_be_written_is_said_after_all_others_were_tried(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = world.add("Unmistakable words " + PHONE)
    both = subscribe(channel="file", recipients=["first", "second"])
    prepare(world.ledger, world.index, [both], NOW)
    deliver(world.ledger, world.worker, world.settings, Subscriptions(subscriptions=(both,)), NOW)
    erase_post(world.ledger, gone, "asked for")
    write = file._write_whole

    def full(path: Path, content: str) -> None:
        if path.parent.name == "first":
            raise OSError(28, "No space left on device", str(path))
        write(path, content)

    monkeypatch.setattr(file, "_write_whole", full)
    with pytest.raises(OSError, match="No space left"):
        recall(world.ledger, world.settings)
    assert holding(list((world.settings.data / "second").iterdir()), "Unmistakable") == 0
    monkeypatch.undo()
    assert recall(world.ledger, world.settings) == 1
    assert holding(list((world.settings.data / "first").iterdir()), "Unmistakable") == 0
