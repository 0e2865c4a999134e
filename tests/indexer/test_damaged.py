"""An index file that cannot be read any more: a rebuild replaces it, nothing else touches it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from config import Pseudonyms
from indexer import IndexDamaged, IndexRejected, SqliteIndex, check_index, drain_index, reindex
from indexer.sqlite.connections import OWN_NAME
from ledger import Ledger, Worker, make_worker, open_ledger
from tests.indexer.documents import make, put
from tests.indexer.landings import fill

POSTS = 300
SIDES = ("-wal", "-shm")


def zeros(held: bytes) -> bytes:
    return bytes(len(held))


def garbage(held: bytes) -> bytes:
    return (b"no index, sorry. " * (len(held) // 16))[: len(held)]


def first_page(held: bytes) -> bytes:
    return held[:100] + b"\xff" * 3996 + held[4096:]


def middle(held: bytes) -> bytes:
    return held[:8192] + b"\xff" * (len(held) - 12288) + held[-4096:]


def one_page(held: bytes) -> bytes:
    return held[: len(held) // 2 // 4096 * 4096] + b"\xff" * 4096 + held[(len(held) // 2 // 4096 + 1) * 4096 :]


def half(held: bytes) -> bytes:
    return held[: len(held) // 2]


def stump(held: bytes) -> bytes:
    return held[:60]


def nothing(held: bytes) -> bytes:
    return b""


DAMAGES = (zeros, garbage, first_page, middle, one_page, half, stump, nothing)


def spoil(path: Path, damage: Callable[[bytes], bytes]) -> None:
    """As a full disk, a failing one or a careless copy leaves a file."""
    path.write_bytes(damage(path.read_bytes()))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / OWN_NAME


@pytest.fixture
def filled(ledger: Ledger, worker: Worker, path: Path) -> Path:
    """An index of many pages, closed."""
    fill(ledger, worker, range(POSTS))
    index = SqliteIndex(path)
    drain_index(ledger, worker, index)
    index.close()
    assert not [side for side in SIDES if path.with_name(OWN_NAME + side).exists()]
    return path


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_rebuild_replaces_what_cannot_be_read(
    filled: Path, ledger: Ledger, worker: Worker, damage: Callable[[bytes], bytes]
) -> None:
    spoil(filled, damage)
    index = SqliteIndex(filled)
    assert reindex(ledger, worker, index).complete
    assert check_index(ledger, index).agrees
    assert index.count() == POSTS
    index.close()
    with sqlite3.connect(filled) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_a_rebuild_that_finds_the_damage_on_its_way_begins_again(ledger: Ledger, worker: Worker, path: Path) -> None:
    fill(ledger, worker, range(1100))
    index = SqliteIndex(path)
    assert not reindex(ledger, worker, index, wait=lambda seconds: True).complete
    index.close()
    spoil(path, middle)
    index = SqliteIndex(path)
    assert reindex(ledger, worker, index).complete
    assert check_index(ledger, index).agrees
    index.close()


def test_a_log_left_beside_the_damaged_file_is_not_taken_for_the_new_ones(
    filled: Path, ledger: Ledger, worker: Worker
) -> None:
    index = SqliteIndex(filled)
    put(index, make(900))
    log = filled.with_name(f"{OWN_NAME}-wal").read_bytes()
    assert log
    index.close()
    spoil(filled, garbage)
    filled.with_name(f"{OWN_NAME}-wal").write_bytes(log)
    index = SqliteIndex(filled)
    assert reindex(ledger, worker, index).complete
    assert index.count() == POSTS
    index.close()


def test_a_damaged_file_of_another_name_is_left_to_its_owner(tmp_path: Path, ledger: Ledger, worker: Worker) -> None:
    path = tmp_path / "accounts.db"
    path.write_bytes(b"what is this? " * 500)
    index = SqliteIndex(path)
    with pytest.raises(IndexDamaged, match="delete it and run `daymark reindex`"):
        reindex(ledger, worker, index)
    index.close()
    assert path.read_bytes() == b"what is this? " * 500


def test_an_index_of_another_ledger_is_not_replaced(filled: Path, worker: Worker, tmp_path: Path) -> None:
    with (
        open_ledger(f"sqlite:///{tmp_path / 'other.sqlite'}", Pseudonyms(b"k" * 32)) as other,
        make_worker(other) as stranger,
    ):
        index = SqliteIndex(filled)
        with pytest.raises(IndexRejected, match="another ledger"):
            reindex(other, stranger, index)
        assert index.count() == POSTS
        index.close()


@pytest.mark.parametrize("new", ["deleted", "replaced"])
def test_who_has_the_old_file_open_writes_into_the_new_one(path: Path, new: str) -> None:
    index = SqliteIndex(path)
    put(index, make(1))
    for name in (path.name, *(path.name + side for side in SIDES)):
        path.with_name(name).unlink(missing_ok=True)
    if new == "replaced":
        other = SqliteIndex(path)
        put(other, make(2))
    put(index, make(3))
    fresh = SqliteIndex(path)
    assert fresh.count() == (2 if new == "replaced" else 1)
    assert index.count() == fresh.count()
    for opened in (index, fresh, *([other] if new == "replaced" else [])):
        opened.close()
    again = SqliteIndex(path)
    assert again.count() == (2 if new == "replaced" else 1)
    again.close()
