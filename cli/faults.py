"""Every expected fault as one line that says what to do."""

from __future__ import annotations

from config import ConfigError
from crawlers import ImportRefused
from indexer import IndexFault, QueryError
from ledger import LedgerError
from nlp import ModelError
from records import PostId, parse_reference

_SPEAKING = (ConfigError, LedgerError, IndexFault, QueryError, ImportRefused, ModelError)


class CommandFault(Exception):
    """A command cannot do what was asked; the message says why and what to do."""


def read_post_id(text: str) -> PostId:
    """The post id that a person typed, with or without `daymark:`. Raises CommandFault on anything else."""
    try:
        return parse_reference(text)
    except ValueError as exc:
        raise CommandFault(str(exc)) from exc


def one_line(exc: Exception) -> str:
    """The line for stderr. Faults of ours speak for themselves; anything else is named as a defect."""
    text = " ".join(str(exc).split())
    if isinstance(exc, (CommandFault, *_SPEAKING)):
        return text
    if isinstance(exc, OSError):
        return f"{exc.strerror or text}: {exc.filename}" if exc.filename else text
    return f"{type(exc).__name__}: {text[:200]} (a defect of Daymark: run again with --debug and report it)"
