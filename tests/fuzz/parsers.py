"""What a parser of what others wrote is: real shapes to start from, and what it promises of any input.

A parser's check is its ``run``: it calls the parser and asserts what its docstring says of the result; the exceptions that
the docstring names are in ``refuses``. ``covers`` names the functions that are fuzzed so, as module.function: a function called
``read_*`` or ``parse_*`` that is in no list is found by test_every_parser.py. The lists are those of pages.py, answers.py,
imports.py and words.py.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from hypothesis import strategies as st

KEPT = Path(__file__).parent / "kept"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
URL = "https://news.example/feed"
Form = Literal["bytes", "text", "value"]


@dataclass(frozen=True)
class Parser:
    """One way of reading what others wrote."""

    name: str
    form: Form
    inputs: st.SearchStrategy[Any]
    run: Callable[[Any], object]
    refuses: tuple[type[Exception], ...] = ()
    covers: tuple[str, ...] = ()

    def meet(self, given: Any) -> None:
        """One input: read as promised, or refused by name."""
        with contextlib.suppress(*self.refuses):
            self.run(given)

    def kept(self) -> Iterator[Any]:
        """Inputs that once broke it: the files of kept/NAME/."""
        for path in sorted((KEPT / self.name).glob("*")):
            body = path.read_bytes()
            yield body if self.form == "bytes" else body.decode("utf-8") if self.form == "text" else json.loads(body)
