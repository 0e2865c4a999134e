"""Digests in files keep no words of what went since."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts import DeliveryReport, deliver, prepare, recall, service
from alerts.channels import file
from config import Subscriptions
from ledger import OutboxWindow, enqueue, erase_author, erase_post, make_worker, mark_removed, read_kept, schema
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

    # One disk holds both folders, and for the superuser no folder is closed to writing.
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


def close_folder(folder: Path) -> Path:
    """Puts a ring of links in a folder's place, which nobody can look into, root neither; returns where the folder is now."""
    aside = folder.with_name(f"{folder.name}-aside")
    folder.rename(aside)
    folder.symlink_to(folder.name)
    return aside


@pytest.mark.parametrize("made", [True, False])
def test_a_folder_that_nobody_can_look_into_stops_no_other_file(
    world: World, monkeypatch: pytest.MonkeyPatch, *, made: bool
) -> None:
    gone = world.add("Unmistakable words " + PHONE)
    both = subscribe(channel="file", recipients=["first", "second"])
    register = Subscriptions(subscriptions=(both,))
    prepare(world.ledger, world.index, [both], NOW)
    if not made:
        with monkeypatch.context() as patch:
            patch.setattr(service, "record_sent", lambda *_: False)
            deliver(world.ledger, world.worker, world.settings, register, NOW)
        with world.ledger.write() as conn:
            conn.execute(schema.outbox.update().values(worker=None))
    else:
        deliver(world.ledger, world.worker, world.settings, register, NOW)
    first, second = world.settings.data / "first", world.settings.data / "second"
    aside = close_folder(first)
    erase_post(world.ledger, gone, "asked for")
    with pytest.raises(OSError, match="symbolic links"):
        recall(world.ledger, world.settings)
    assert holding(list(second.iterdir()), "Unmistakable") == 0
    first.unlink()
    aside.rename(first)
    assert recall(world.ledger, world.settings) == 1
    assert holding(list(first.iterdir()), "Unmistakable") == 0


def break_off(world: World, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """A delivery whose process dies: while a file is written, or before the delivery is recorded."""

    def die(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if place == "writing":
            patch.setattr(os, "replace", die)
            patch.setattr(Path, "unlink", lambda self, missing_ok=False: None)
        else:
            patch.setattr(service, "record_sent", die)
        with make_worker(world.ledger) as dying, pytest.raises(KeyboardInterrupt):
            deliver(world.ledger, dying, world.settings, Subscriptions(subscriptions=(FILED,)), NOW)


@pytest.mark.parametrize("place", ["writing", "recording"])
@pytest.mark.parametrize("subscribed", [True, False])
def test_what_a_broken_off_delivery_wrote_is_taken_away(
    world: World, monkeypatch: pytest.MonkeyPatch, place: str, *, subscribed: bool
) -> None:
    gone = world.add("Unmistakable words " + PHONE)
    world.add("Boat tonight " + PHONE)
    prepare(world.ledger, world.index, [FILED], NOW)
    break_off(world, monkeypatch, place)
    folder = world.settings.data / "digests"
    assert holding(list(folder.iterdir()), "Unmistakable") > 0
    if not subscribed:
        assert deliver(world.ledger, world.worker, world.settings, Subscriptions(), NOW) == DeliveryReport(dead=1)
    erase_post(world.ledger, gone, "asked for")
    assert recall(world.ledger, world.settings) == 1
    assert list(folder.iterdir()) == []
    assert recall(world.ledger, world.settings) == 0
    if subscribed:
        deliver(world.ledger, world.worker, world.settings, Subscriptions(subscriptions=(FILED,)), NOW)
        assert holding(list(folder.iterdir()), "Boat tonight") == 2
        assert holding(list(folder.iterdir()), "Unmistakable") == 0


def test_a_delivery_that_is_made_again_leaves_no_beginnings(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add("Boat tonight " + PHONE)
    prepare(world.ledger, world.index, [FILED], NOW)
    break_off(world, monkeypatch, "writing")
    assert write_digest(world)


def test_the_file_of_a_delivery_that_was_made_stays_however_its_folder_is_written(world: World) -> None:
    world.add("Boat tonight " + PHONE)
    files = write_digest(world)
    end = read_kept(world.ledger, "file")[0].end
    window = OutboxWindow(FILED.id, "file", end - timedelta(days=1, hours=1), end, ())
    with world.ledger.write() as conn:
        conn.execute(schema.outbox.delete().where(schema.outbox.c.recipient == ""))
    assert enqueue(world.ledger, window, ["./digests"], {}, NOW) == 1
    assert recall(world.ledger, world.settings) == 0
    assert all(path.is_file() for path in files)


def write_two(world: World) -> tuple[str, str]:
    """Two digests of one post each, in the folders `first` and `second`; returns the posts."""
    both = [subscribe(id=name, channel="file", recipients=[name], languages=[lang]) for name, lang in BOTH.items()]
    posts = [world.add(f"Unmistakable words in {lang} {PHONE}", lang=lang) for lang in BOTH.values()]
    prepare(world.ledger, world.index, both, NOW)
    register = Subscriptions(subscriptions=tuple(both))
    assert deliver(world.ledger, world.worker, world.settings, register, NOW) == DeliveryReport(sent=2)
    return posts[0], posts[1]


BOTH = {"first": "en", "second": "de"}


def still_worded(world: World) -> list[int]:
    return [holding(list((world.settings.data / name).iterdir()), "Unmistakable") for name in BOTH]


def test_words_whose_tags_cannot_be_read_go_and_stop_no_other_recall(world: World) -> None:
    unreadable, gone = write_two(world)
    with world.ledger.write() as conn:
        mine = schema.tags.c.post_id == unreadable
        conn.execute(schema.tags.update().where(mine).values(body={"lang": "en"}))
    erase_post(world.ledger, gone, "asked for")
    assert recall(world.ledger, world.settings) == 2
    assert still_worded(world) == [0, 0]


def test_a_delivery_that_nobody_can_read_stops_no_other_recall(world: World) -> None:
    _, gone = write_two(world)
    with world.ledger.write() as conn:
        mine = schema.outbox.c.recipient == "first"
        conn.execute(schema.outbox.update().where(mine).values(message={"shown": 3}))
    erase_post(world.ledger, gone, "asked for")
    with pytest.raises(TypeError):
        recall(world.ledger, world.settings)
    assert still_worded(world) == [2, 0]


@pytest.mark.parametrize("moment", ["there", "delete"])
def test_a_delivery_that_is_made_meanwhile_keeps_its_files(
    world: World, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """The service delivers in another thread: before what was broken off is leased, or while it goes."""
    world.add("Boat tonight " + PHONE)
    prepare(world.ledger, world.index, [FILED], NOW)
    break_off(world, monkeypatch, "recording")
    register = Subscriptions(subscriptions=(FILED,))
    looked = getattr(file.DigestFiles, moment)

    def meanwhile(files: file.DigestFiles) -> Any:
        monkeypatch.undo()
        deliver(world.ledger, world.worker, world.settings, register, NOW)
        return looked(files)

    monkeypatch.setattr(file.DigestFiles, moment, meanwhile)
    recall(world.ledger, world.settings)
    deliver(world.ledger, world.worker, world.settings, register, NOW)
    assert world.rows()[0]["state"] == "sent"
    assert holding(list((world.settings.data / "digests").iterdir()), "Boat tonight") == 2
