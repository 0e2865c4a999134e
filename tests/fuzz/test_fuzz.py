"""No input makes a parser crash: whatever stands in it is read as promised, or refused by a name.

DAYMARK_FUZZ=nightly gives each parser 10,000 inputs (`make fuzz`), anything else a short run. What an input must have broken
is kept in kept/PARSER/, and met first in every run (CONTRIBUTING.md says how).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.fuzz.answers import ANSWERS
from tests.fuzz.imports import IMPORTS
from tests.fuzz.pages import PAGES
from tests.fuzz.parsers import Parser
from tests.fuzz.spiders import SPIDERS
from tests.fuzz.words import WORDS

ALL = (*PAGES, *ANSWERS, *IMPORTS, *WORDS, *SPIDERS)
SHORT, NIGHTLY = 25, 10_000
"""Inputs a parser. The short run is the same every time: what it finds was brought by the change under test."""
PROFILE = "nightly" if os.environ.get("DAYMARK_FUZZ") == "nightly" else "short"

settings.register_profile("nightly", max_examples=NIGHTLY, deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile(
    "short",
    settings.get_profile("nightly"),
    max_examples=SHORT,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)


@contextmanager
def noted() -> Iterator[set[str]]:
    """The functions of the repository that are called meanwhile, as module.function."""
    called: set[str] = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_name.startswith(("read_", "parse_")):
            called.add(f"{frame.f_globals.get('__name__')}.{frame.f_code.co_name}")

    sys.setprofile(note)
    try:
        yield called
    finally:
        sys.setprofile(None)


@pytest.mark.parametrize("parser", ALL, ids=lambda parser: parser.name)
def test_no_input_makes_it_crash(parser: Parser, record_property: Callable[[str, object], None]) -> None:
    inputs = 0
    for kept in parser.kept():
        parser.meet(kept)
    called: set[str] = set()

    @settings(settings.get_profile(PROFILE))
    @given(parser.inputs)
    def fuzz(value: Any) -> None:
        nonlocal inputs
        inputs += 1
        if inputs > SHORT:
            parser.meet(value)
            return
        with noted() as now:
            parser.meet(value)
        called.update(now)

    fuzz()
    record_property("inputs", inputs)
    assert set(parser.covers) <= called, f"never called: {set(parser.covers) - called}"
