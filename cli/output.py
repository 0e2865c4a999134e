"""What commands print: tables for people, JSON for programs, progress on a terminal only, logs on stderr.

All that people are shown passes through records.displayable: strangers' words must not steer the reader's terminal.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import structlog
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from records import displayable


def prepare_logs(*, debug: bool) -> None:
    """Structured logs on stderr: readable on a terminal, JSON lines elsewhere."""
    level = logging.DEBUG if debug else logging.INFO
    renderer: Any = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def print_json(value: object) -> None:
    """One JSON value on stdout."""
    print(json.dumps(value, ensure_ascii=False))


def print_text(text: str) -> None:
    """Lines on stdout."""
    print(displayable(text, lines=True))


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], numbers: int = 0) -> None:
    """A table on stdout; the last ``numbers`` columns are set right.

    In a pipe: the title's line if there is one, then lines of cells parted by tabs, whole, with bare numbers.
    """
    title = displayable(title)
    if not sys.stdout.isatty():
        lines = [columns, *rows]
        print("\n".join([*([title] if title else []), *("\t".join(map(_bare, line)) for line in lines)]))
        return
    table = Table(title=title or None, title_justify="left")
    for place, column in enumerate(columns):
        right = place >= len(columns) - numbers
        table.add_column(column, justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(_grouped, row))
    Console(markup=False).print(table)


def _grouped(cell: object) -> str:
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else _bare(cell)


def _bare(cell: object) -> str:
    return "" if cell is None else displayable(str(cell))


@contextlib.contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal, nothing in a pipe. Yields a function to call with how many more are done."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (SpinnerColumn(), TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda more: bar.update(task, advance=more)
