"""How many inputs each parser met, at the end of a run of this folder alone."""

from __future__ import annotations

from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line a parser."""
    found = [
        (report.nodeid.partition("[")[2].rstrip("]"), dict(report.user_properties).get("inputs"), report.duration)
        for reports in ("passed", "failed")
        for report in terminalreporter.stats.get(reports, ())
        if getattr(report, "when", "") == "call" and "inputs" in dict(report.user_properties)
    ]
    if found:
        terminalreporter.section("inputs a parser")
    for name, inputs, seconds in sorted(found):
        terminalreporter.write_line(f"{name:32} {inputs:>7} {seconds:8.1f} s")
