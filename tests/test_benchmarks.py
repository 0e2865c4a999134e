"""Each benchmark says what was asked of it, and ends with exit status 1 where it misses that."""

from __future__ import annotations

import itertools
import re
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks import import_speed, many_sources, sqlite_queries
from benchmarks.bars import Bars

ROOT = Path(__file__).parent.parent


def test_a_bar_is_named_beside_its_figure_and_its_miss_ends_the_benchmark() -> None:
    bars = Bars()
    assert bars.least("ratio", 0.8, 0.8) == "asked at least 0.8"
    assert bars.most("share", 0.34, 0.6, ".0%") == "asked at most 60%"
    bars.end()
    assert bars.least("speed", 1.99, 2) == "asked at least 2: MISSED"
    assert bars.most("time", 21, 20) == "asked at most 20: MISSED"
    with pytest.raises(SystemExit) as ended:
        bars.end()
    assert (ended.value.code, bars.missed) == (1, ["speed", "time"])


@pytest.mark.parametrize(("asked", "status"), [(0, None), (10**9, 1)])
def test_an_import_that_is_too_slow_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], asked: int, status: int | None
) -> None:
    monkeypatch.setattr(import_speed, "SPEED", asked)
    monkeypatch.setattr(sys, "argv", ["import_speed", "--posts", "50"])
    try:
        import_speed.main()
        ended = None
    except SystemExit as exc:
        ended = exc.code
    assert ended == status
    assert capsys.readouterr().out.count("asked at least") == 2


def test_an_import_is_held_to_the_clock(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    hours = itertools.count(step=3600.0)
    monkeypatch.setattr(time, "perf_counter", lambda: next(hours))
    monkeypatch.setattr(sys, "argv", ["import_speed", "--posts", "50"])
    with pytest.raises(SystemExit):
        import_speed.main()
    assert capsys.readouterr().out.count("asked at least 2000: MISSED") == 2


def test_a_query_is_held_to_the_clock() -> None:
    bars = Bars()
    waits = threading.Event()
    sqlite_queries.measure("waits for a disk", lambda: waits.wait(0.02), rounds=2, asked=15, bars=bars)
    assert bars.missed == ["waits for a disk"]


BEGAN = datetime(2026, 11, 22, 12, tzinfo=UTC)
DUE = {f"paper-{n}": BEGAN + timedelta(seconds=n) for n in range(300)}


def polls(share: float) -> list[many_sources.Poll]:
    """What a service had done after five minutes that does so much of what is due."""
    ends = [(name, BEGAN + (moment - BEGAN) / share, "ok") for name, moment in DUE.items()]
    return [poll for poll in ends if poll[1] < BEGAN + timedelta(minutes=5)]


@pytest.mark.parametrize(
    ("done", "missed"),
    [
        (polls(1.0), []),
        (polls(0.9), ["polled", "late"]),
        (polls(1.0)[:200], ["polled", "late"]),
        ([(name, started, "failed") for name, started, _ in polls(1.0)], ["polled"]),
        ([], ["polled", "late"]),
    ],
)
def test_a_service_that_does_not_keep_up_misses_its_bars(done: list[many_sources.Poll], missed: list[str]) -> None:
    bars = Bars()
    many_sources.hold(many_sources.lateness(DUE, done, BEGAN + timedelta(minutes=5)), bars)
    assert bars.missed == missed


def test_a_service_of_which_nothing_was_due_has_shown_nothing() -> None:
    bars = Bars()
    many_sources.hold([], bars)
    assert bars.missed == ["polled", "late"]


def test_every_benchmark_that_make_runs_holds_its_figures_to_bars() -> None:
    (names,) = re.findall(r"^BENCHMARKS := (.*)$", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)
    others = {"__init__", "bars", "local_site"}
    assert set(names.split()) == {path.stem for path in (ROOT / "benchmarks").glob("*.py")} - others
    for name in names.split():
        text = (ROOT / "benchmarks" / f"{name}.py").read_text("utf-8")
        assert re.search(r"bars\.(least|most)\(", text), name
        assert "bars.end()" in text, name
