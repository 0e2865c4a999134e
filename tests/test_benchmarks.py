"""Each benchmark says what was asked of it, and ends with exit status 1 where it misses that."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from benchmarks import import_speed
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


def test_every_benchmark_that_make_runs_holds_its_figures_to_bars() -> None:
    (names,) = re.findall(r"^BENCHMARKS := (.*)$", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)
    others = {"__init__", "bars", "local_site"}
    assert set(names.split()) == {path.stem for path in (ROOT / "benchmarks").glob("*.py")} - others
    for name in names.split():
        text = (ROOT / "benchmarks" / f"{name}.py").read_text("utf-8")
        assert re.search(r"bars\.(least|most)\(", text), name
        assert "bars.end()" in text, name
