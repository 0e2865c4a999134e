"""Importing a file: an import is a poll of kind import, with counts, faults and a window of its own.

1. the poll is written down
2. rows become posts and land in batches; bad rows are counted, kept raw, and the rest goes on
3. the poll is closed with what was counted; an import that was broken off can be repeated, nothing lands twice
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from config import Source, SourceKind
from crawlers.importers.convert import Converter, Converts
from crawlers.importers.drafts import FormatConverter
from crawlers.importers.formats import FORMATS, Format
from crawlers.importers.items import read_items
from crawlers.importers.landing_rows import BATCH, RowLanding
from crawlers.importers.mapping import ImportMapping
from crawlers.importers.problems import NotRowsError
from crawlers.importers.report import ImportReport, Window
from crawlers.importers.rows import read_rows
from ledger import Ledger, LedgerError, Worker, finish_poll, make_worker, start_poll
from records import AuthorKind

_BESIDE_A_FORMAT = frozenset({"timezone", "encoding", "sheet"})
"""What a mapping file may say of a known export; which field is which is known of it."""


class ImportRefused(Exception):
    """The file is not imported at all; the message says why and what to do."""


def import_file(
    ledger: Ledger,
    path: Path,
    source: Source,
    mapping: ImportMapping | None = None,
    *,
    format_name: str | None = None,
    worker: Worker | None = None,
    window: Window = (None, None),
    now: datetime | None = None,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Imports NDJSON, CSV or Excel as posts of ``source``, whose kind is import.

    ``format_name`` is that of a known export (FORMATS); without it ``mapping`` says which field is which. ``window`` is
    the time that the file covers, None where that is unknown. ``progress`` is called with the number of rows read, every
    BATCH of them. Raises ImportRefused for a source that is crawled or may not run, for an unknown format, and for a
    file that is of another kind or cannot be read to its end, and LedgerError when the ledger does not answer; what landed
    until then stays, and a repetition adds the rest.
    """
    _check_source(source)
    _check_window(window, now or datetime.now(UTC))
    if not path.is_file():
        raise ImportRefused(f"there is no file {path}")
    rules, moment = mapping or ImportMapping(), now or datetime.now(UTC)
    known, author_kind = _find_format(format_name, rules), AuthorKind(source.author_kind)
    converter: Converts = (
        Converter(rules, source.id, author_kind, moment)
        if known is None
        else FormatConverter(known, source.id, author_kind, moment, ZoneInfo(rules.timezone))
    )
    try:
        run = RowLanding(ledger, path, source.id, converter, moment)
    except OSError as exc:
        raise ImportRefused(f"{path} cannot be read: {exc.strerror}") from exc
    except NotRowsError as exc:
        raise ImportRefused(str(exc)) from exc
    with _worker(ledger, worker) as owner:
        poll_id = start_poll(ledger, owner, source.id, moment)
        fault: str | None = None
        try:
            rows = read_rows(path, rules.encoding, rules.sheet) if known is None else read_items(path, known, rules)
            for row in rows:
                run.take(row)
                if progress is not None and run.rows % BATCH == 0:
                    progress(run.rows)
        except (NotRowsError, OSError) as exc:
            fault = str(exc)
        except LedgerError:
            raise
        except Exception as exc:  # noqa: BLE001  a fault of ours in reading the file: what was read lands, the poll ends
            fault = f"{path.name} cannot be read beyond row {run.rows}: {type(exc).__name__}, a fault of Daymark"
        run.flush()
        report = run.report(poll_id)
        finish_poll(ledger, poll_id, report.poll_result(window, datetime.now(UTC), fault), None)
    if fault is not None:
        raise ImportRefused(fault)
    return report


def _check_source(source: Source) -> None:
    if source.kind is not SourceKind.IMPORT:
        # Its polls and windows would say that the crawled source is well and covered, which nobody looked at.
        raise ImportRefused(f"{source.id} is a {source.kind.value} source: choose another --source for the file")
    if source.why_off is not None:
        raise ImportRefused(f"source {source.id}: {source.why_off}")


def _find_format(name: str | None, rules: ImportMapping) -> Format | None:
    if name is None:
        return None
    if name not in FORMATS:
        raise ImportRefused(f"there is no format {name!r}; there are {', '.join(FORMATS)}")
    if surplus := sorted(rules.model_fields_set - _BESIDE_A_FORMAT):
        raise ImportRefused(
            f"--format {name} knows its fields: beside it a mapping file may have {', '.join(sorted(_BESIDE_A_FORMAT))}, "
            f"and not {', '.join(surplus)}"
        )
    return FORMATS[name]


def _check_window(window: Window, now: datetime) -> None:
    start, end = window
    if (start is None) != (end is None):
        raise ImportRefused("a window has two ends: give --window-from and --window-to, or neither")
    if start is not None and end is not None and start >= end:
        raise ImportRefused("the window ends before it begins")
    if end is not None and end > now:
        raise ImportRefused("the window ends after this moment: no file covers what is still to come")


@contextlib.contextmanager
def _worker(ledger: Ledger, worker: Worker | None) -> Iterator[Worker]:
    made: AbstractContextManager[Worker] = make_worker(ledger) if worker is None else contextlib.nullcontext(worker)
    with made as owner:
        yield owner
