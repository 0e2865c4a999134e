"""An index is one ledger's projection: another ledger neither mends it, nor writes into it, nor answers from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config import Pseudonyms
from indexer import Index, IndexRejected, Note, check_index, check_owner, drain_index, read_completeness, reindex
from ledger import Ledger, Worker, ledger_identity, make_worker, open_ledger
from tests.indexer.ailing import assert_agree
from tests.indexer.landings import fill


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Ledger]:
    """A second ledger with the same key, as a trial beside the real one has."""
    with open_ledger(f"sqlite:///{tmp_path / 'other.sqlite'}", Pseudonyms(b"k" * 32)) as opened:
        yield opened


def test_another_ledger_is_refused_by_all_that_reads_or_writes(
    ledger: Ledger, worker: Worker, other: Ledger, index: Index
) -> None:
    fill(ledger, worker, range(8))
    drain_index(ledger, worker, index)
    with make_worker(other) as stranger:
        fill(other, stranger, range(100, 103))
        doings: list[Callable[[], object]] = [
            lambda: check_index(other, index),
            lambda: drain_index(other, stranger, index),
            lambda: reindex(other, stranger, index),
            lambda: read_completeness(other, index),
        ]
        for doing in doings:
            with pytest.raises(IndexRejected, match="belongs to another ledger"):
                doing()
    assert_agree(ledger, index)
    index.refresh()
    assert index.count() == 8


def test_an_index_can_be_taken_over_when_that_is_asked_for(
    ledger: Ledger, worker: Worker, other: Ledger, index: Index
) -> None:
    fill(ledger, worker, range(8))
    drain_index(ledger, worker, index)
    with make_worker(other) as stranger:
        fill(other, stranger, range(100, 103))
        assert reindex(other, stranger, index, take=True).indexed == 3
    assert_agree(other, index)
    with pytest.raises(IndexRejected):
        check_owner(ledger, index)


def test_the_owner_stays_through_a_rebuild_and_the_first_to_come_is_it(
    ledger: Ledger, worker: Worker, index: Index
) -> None:
    assert index.read_note(Note.OWNER) == ""
    fill(ledger, worker, range(2))
    drain_index(ledger, worker, index)
    index.drop()
    assert index.read_note(Note.OWNER) == ledger_identity(ledger)
    index.write_note(Note.OWNER, "f" * 32, first=True)
    assert index.read_note(Note.OWNER) == ledger_identity(ledger)
