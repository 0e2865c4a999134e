"""When bytes of erased and emptied documents leave the index's files. Erasing a document takes it out of every answer; its
words stay in segments and journals until `Index.expunge` rewrites them.

1. note      after documents were erased, or lost their wording or what was erased of others in them (names, links), before
             the ledger hears of it: a crash in between erases again
2. expunge   after an erasure at once; and again when the index has forgotten the erasure too (indexer/backend.py)
             after wordings went (retention, removal at the source) a few times a day
3. note      the time at which the expunge began, once it succeeded; what was noted later is still owed
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from indexer.backend import Index, Note

REMEMBERED = timedelta(hours=1, minutes=1)
"""An index remembers an erasure for an hour; the id of an erased post is itself something to forget."""
EMPTYING_PAUSE = timedelta(hours=6)
"""An expunge rewrites what documents were taken from, and wordings go every hour: four times a day keeps `within a day`."""


def note_erased(index: Index) -> None:
    """Notes that documents were erased just now, or the names of erased authors out of others. Raises IndexUnavailable."""
    index.write_note(Note.ERASED_AT, datetime.now(UTC).isoformat())


def note_emptied(index: Index) -> None:
    """Notes that documents lost their wording just now. Raises IndexUnavailable."""
    index.write_note(Note.EMPTIED_AT, datetime.now(UTC).isoformat())


def is_expunge_due(index: Index, now: datetime) -> bool:
    """Whether bytes are to go now. Raises IndexUnavailable."""
    erased, emptied, expunged = (_read(index, note) for note in (Note.ERASED_AT, Note.EMPTIED_AT, Note.EXPUNGED_AT))
    if erased is not None and (expunged is None or expunged <= erased or expunged < erased + REMEMBERED <= now):
        return True
    if emptied is None:
        return False
    return expunged is None or (expunged <= emptied and expunged + EMPTYING_PAUSE <= now)


def expunge_due(index: Index, now: datetime) -> bool:
    """Removes the bytes that are to go; returns whether there were any. Raises IndexUnavailable: it is owed still."""
    if not is_expunge_due(index, now):
        return False
    index.expunge()
    index.write_note(Note.EXPUNGED_AT, now.isoformat())
    return True


def _read(index: Index, note: Note) -> datetime | None:
    text = index.read_note(note)
    return datetime.fromisoformat(text) if text else None
