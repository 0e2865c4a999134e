"""Addresses of sources: the register's word is the last."""

from __future__ import annotations

from typing import Any

from ledger import (
    Ledger,
    PollResult,
    SourceState,
    Validators,
    Worker,
    finish_poll,
    note_addresses,
    read_source,
    read_validators,
    start_poll,
)
from tests.ledger.world import HOUR, NOON, claim

OLD, NEW = "https://old.example/feed", "https://new.example/feed"


def poll(ledger: Ledger, worker: Worker, **ending: Any) -> SourceState:
    """A poll of the source `a` that fails, with what else is given."""
    assert claim(ledger, worker, "a", NOON, force=True)
    number = start_poll(ledger, worker, "a", NOON)
    result = PollResult("failed", NOON, cursor={"mark": "7"}, validators={OLD: Validators("e")}, **ending)
    assert finish_poll(ledger, number, result, NOON + HOUR)
    return read_source(ledger, "a")


def test_another_address_in_the_register_undoes_move_retirement_and_validators(ledger: Ledger, worker: Worker) -> None:
    assert note_addresses(ledger, {"a": OLD}) == []
    gone = poll(ledger, worker, url="https://old.example/maintenance.html", retired=True)
    assert (gone.retired, gone.failures, gone.next_due) == (True, 1, NOON + HOUR)
    assert note_addresses(ledger, {"a": OLD}) == []
    assert read_source(ledger, "a") == gone
    assert note_addresses(ledger, {"a": NEW, "b": OLD}) == ["a"]
    state = read_source(ledger, "a")
    assert (state.url, state.retired, state.failures, state.next_due) == (None, False, 0, None)
    assert state.cursor == {"mark": "7"}, "what was read has been read"
    assert read_validators(ledger, "a") == {}
    assert claim(ledger, worker, "a", NOON)


def test_a_source_that_is_being_read_keeps_its_address_until_then(ledger: Ledger, worker: Worker) -> None:
    note_addresses(ledger, {"a": OLD})
    assert claim(ledger, worker, "a", NOON, force=True)
    number = start_poll(ledger, worker, "a", NOON)
    assert note_addresses(ledger, {"a": NEW}) == []
    assert finish_poll(ledger, number, PollResult("ok", NOON, url="https://old.example/moved"), None)
    assert read_source(ledger, "a").url == "https://old.example/moved"
    assert note_addresses(ledger, {"a": NEW}) == ["a"]
    assert read_source(ledger, "a").url is None


def test_a_row_from_before_addresses_were_noted_loses_nothing(ledger: Ledger, worker: Worker) -> None:
    moved = poll(ledger, worker, url="https://old.example/moved")
    assert note_addresses(ledger, {"a": OLD}) == []
    assert read_source(ledger, "a") == moved
