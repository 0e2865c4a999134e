"""Why digests cannot be made is known until they are made."""

from __future__ import annotations

from ledger import Ledger, note_waiting, read_waiting


def test_the_newest_reason_of_each_subscription_stands_until_its_digest_is_made(ledger: Ledger) -> None:
    note_waiting(ledger, {"east": None})
    assert read_waiting(ledger) == {}
    note_waiting(ledger, {"east": "the index is away", "100%_west": "x" * 600})
    note_waiting(ledger, {"east": "the index refuses us"})
    assert read_waiting(ledger) == {"east": "the index refuses us", "100%_west": "x" * 500}
    note_waiting(ledger, {"100%_west": "x" * 600})
    note_waiting(ledger, {"east": None})
    assert list(read_waiting(ledger)) == ["100%_west"]
