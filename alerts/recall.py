"""Digests that lie in files keep no words of what went since: erased, removed at its source, stripped, or found protected.

1. a delivery into a file keeps its digest, and of which posts it shows words (service.deliver)
2. recall: where one of those has no words to show any more        -> the files are written anew from the ledger
3. where the digest cannot be read by this version                 -> the files are deleted
4. where a delivery was broken off, what it wrote is deleted, under a lease, so that nobody makes it at the same time; it is made
   again, and then with what may be shown
5. where there is no file: people took it away, or it lies on another machine, which recalls it itself

A mail cannot be recalled; what it may hold is decided when it leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from alerts.channels.file import DigestFiles
from alerts.digest import Digest
from alerts.render import Rendered, render
from alerts.texts import read_texts
from config import ChannelKind, Settings
from ledger import (
    KeptDelivery,
    Ledger,
    LedgerError,
    hold_broken_off,
    make_worker,
    read_broken_off,
    read_kept,
    update_kept,
)

CHUNK = 200
"""Deliveries looked at together: at most 500 leads each, read by the ledger in parts."""


def keep_with(content: Rendered) -> dict[str, Any]:
    """What is kept beside a digest that lies in a file. Erasure takes ids out of the list; the number then betrays it."""
    return {"shown": list(content.worded), "number": len(content.worded)}


def recall(ledger: Ledger, settings: Settings) -> int:
    """Writes anew or deletes the files that show what may be shown no longer; returns how many deliveries that were.

    Raises the fault of the first file that could not be looked at or written, mostly OSError, after all others were tried;
    LedgerError at once.
    """
    number = 0
    failed: Exception | None = None
    for mend in chain(_unfinished(ledger, settings), _outdated(ledger, settings)):
        try:
            number += mend()
        except LedgerError:
            raise
        except Exception as exc:  # noqa: BLE001 - a defect that one digest meets must not keep erased words in all others
            failed = failed or exc
    if failed is not None:
        raise failed
    return number


Mending = Callable[[], bool]
"""Looks at the files of one delivery and mends them; whether there was anything to do. Raises OSError."""


def _unfinished(ledger: Ledger, settings: Settings) -> Iterator[Mending]:
    # Two ways to write a folder's name lead to one file, which may be that of a delivery that was made.
    kept = {
        _place(files) for item in read_kept(ledger, ChannelKind.FILE) if (files := _files(settings, item)) is not None
    }
    for item in read_broken_off(ledger, ChannelKind.FILE):
        files = _files(settings, item)
        if files is not None and _place(files) not in kept:
            yield partial(_take_away, ledger, item, files)


def _outdated(ledger: Ledger, settings: Settings) -> Iterator[Mending]:
    kept = [
        (item, files)
        for item in read_kept(ledger, ChannelKind.FILE)
        if (files := _files(settings, item)) is not None and _may_be_there(files)
    ]
    for start in range(0, len(kept), CHUNK):
        some = kept[start : start + CHUNK]
        try:
            worded = _worded(ledger, [item for item, _ in some])
        except LedgerError:
            raise
        except Exception:  # noqa: BLE001 - one post that cannot be shown must not keep erased words in all others' digests
            yield from (partial(_look, ledger, item, files) for item, files in some)
            continue
        for item, files in some:
            if _is_outdated(item, worded):
                yield partial(_mend, ledger, item, files)


def _worded(ledger: Ledger, items: Sequence[KeptDelivery]) -> set[str]:
    texts = read_texts(ledger, (post_id for item in items for post_id in _shown(item)))
    return {post_id for post_id, text in texts.items() if text.has_words}


def _is_outdated(item: KeptDelivery, worded: set[str]) -> bool:
    return len(_shown(item)) != item.message.get("number") or not worded.issuperset(_shown(item))


def _may_be_there(files: DigestFiles) -> bool:
    try:
        return bool(files.there())
    except OSError:
        return True  # its mending will say what is wrong, and stop no other


def _place(files: DigestFiles) -> Path:
    try:
        return files.page.resolve()
    except (OSError, RuntimeError):
        # A ring of links: nothing was ever written through it, so its own name is as good.
        return files.page.absolute()


def _files(settings: Settings, item: KeptDelivery) -> DigestFiles | None:
    try:
        return DigestFiles.of(settings.data, item.recipient, item.subscription, item.end)
    except RuntimeError:
        return None


def _shown(item: KeptDelivery) -> list[str]:
    found: list[str] = item.message.get("shown", [])
    return found


def _take_away(ledger: Ledger, item: KeptDelivery, files: DigestFiles) -> bool:
    if not files.there() and not files.begun():
        return False
    # A worker of its own: the service's gives back what it holds whenever it begins to deliver.
    with make_worker(ledger) as worker:
        if not hold_broken_off(ledger, worker, item.key):
            return False
        files.delete()
    return True


def _look(ledger: Ledger, item: KeptDelivery, files: DigestFiles) -> bool:
    return _is_outdated(item, _worded(ledger, [item])) and _mend(ledger, item, files)


def _mend(ledger: Ledger, item: KeptDelivery, files: DigestFiles) -> bool:
    if not files.there():
        return False
    try:
        digest = Digest.model_validate(item.message.get("digest"))
    except ValidationError:
        files.delete()
        return True
    content = render(digest, read_texts(ledger, (lead.post_id for lead in digest.leads)))
    files.write_anew(content)
    update_kept(ledger, item.key, keep_with(content))
    return True
