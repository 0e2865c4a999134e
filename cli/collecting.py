"""collect, import: posts come in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from cli.faults import CommandFault
from cli.output import print_json, print_table, progress
from cli.rooms import House, import_source, open_house, open_worker
from config import load_project, load_sources
from crawlers import IMPORT_FORMATS, ImportReport, PollSummary, import_file, load_mapping
from crawlers import collect as collect_sources
from ledger import Worker


def collect(
    source: str = typer.Option("", "--source", help="Only this source, now, due or not."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Polls the due sources once."""
    with open_house() as house, open_worker(house) as worker:
        summaries = collect_once(house, worker, source or None)
    if as_json:
        print_json([summary_json(summary) for summary in summaries])
    else:
        print_summaries(summaries)
    # One of many sources that fails is news for `status`; the one that was asked for is the command's own failure.
    if source and any(not summary.ran or summary.failed for summary in summaries):
        raise typer.Exit(1)


def collect_once(house: House, worker: Worker, only: str | None = None) -> list[PollSummary]:
    """One pass over the register."""
    data = house.settings.data
    project, register = load_project(data), load_sources(data)
    return collect_sources(house.ledger, worker, register.sources, project, house.settings, only=only)


def summary_json(summary: PollSummary) -> dict[str, Any]:
    """One source's outcome for programs."""
    return {
        "source": summary.source,
        "ran": summary.ran,
        "outcome": summary.outcome or None,
        "counts": summary.counts,
        "not_landed": summary.not_landed,
        "message": summary.message,
        "next_due": summary.next_due.isoformat() if summary.next_due else None,
    }


def print_summaries(summaries: list[PollSummary]) -> None:
    """One line a source."""
    if not summaries:
        print("nothing is due")
        return
    rows = [
        (
            summary.source,
            summary.outcome if summary.ran else "not run",
            summary.counts.get("new", 0),
            summary.counts.get("revised", 0),
            summary.counts.get("unchanged", 0),
            sum(summary.not_landed.values()),
            summary.message[:80],
        )
        for summary in summaries
    ]
    columns = ("source", "outcome", "message", "new", "revised", "unchanged", "not landed")
    print_table("", columns, [(row[0], row[1], row[6], *row[2:6]) for row in rows], numbers=4)


def _known_format(name: str) -> str:
    if name and name not in IMPORT_FORMATS:
        raise typer.BadParameter(f"there is no format {name!r}; there are {', '.join(IMPORT_FORMATS)}")
    return name


def import_posts(
    file: Path = typer.Argument(help="NDJSON, CSV or Excel file."),
    source: str = typer.Option(..., help="Source id that the posts are kept under."),
    purpose: str = typer.Option("", help="Why the file is imported."),
    legal_basis: str = typer.Option("", help="On which basis."),
    format_: str = typer.Option(
        "", "--format", callback=_known_format, help=f"Known export of a platform: {', '.join(IMPORT_FORMATS)}."
    ),
    mapping: Path | None = typer.Option(None, help="YAML file that says which field is which (docs/import.md)."),
    window_from: datetime | None = typer.Option(None, help="The file covers the time from here (UTC) …"),
    window_to: datetime | None = typer.Option(None, help="… to here; without both its coverage is unknown."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Lands posts from a file that you obtained lawfully. Doing it twice lands nothing twice."""
    with open_house() as house, open_worker(house) as worker:
        load_project(house.settings.data)
        entry = import_source(house, source, purpose, legal_basis)
        rules = load_mapping(mapping) if mapping else None
        with progress("importing") as tell:
            report = import_file(
                house.ledger,
                file,
                entry,
                rules,
                format_name=format_ or None,
                worker=worker,
                window=(_utc(window_from), _utc(window_to)),
                progress=tell,
            )
    if as_json:
        print_json(_report_json(report))
    else:
        _print_report(report)
    if report.rows and not (
        report.landed.new + report.landed.revised + report.landed.unchanged + report.landed.tombstoned
    ):
        raise CommandFault("no row could be landed: see the reasons above, and docs/import.md for a mapping file")


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _report_json(report: ImportReport) -> dict[str, Any]:
    return {
        "source": report.source,
        "rows": report.rows,
        "new": report.landed.new,
        "revised": report.landed.revised,
        "unchanged": report.landed.unchanged,
        "tombstoned": report.landed.tombstoned,
        "not_landed": {reason: problem.count for reason, problem in report.problems.items()},
        "remarks": {word: remark.count for word, remark in report.remarks.items()},
        "dates_unknown": report.dates_unknown,
        "dates_spread": report.dates_spread,
        "message": report.message,
    }


def _print_report(report: ImportReport) -> None:
    landed = report.landed
    print(
        f"{report.rows:,} rows: {landed.new:,} new, {landed.revised:,} revised, {landed.unchanged:,} unchanged, "
        f"{landed.tombstoned:,} erased before, {sum(p.count for p in report.problems.values()):,} not landed"
    )
    for reason, problem in report.problems.items():
        print(f"  {problem.count:,} {reason}, first in line {problem.first_line}")
    if report.dates_unknown:
        print(f"  {report.dates_unknown:,} without a date: they count as undated in trends")
    if report.message:
        print(f"  {report.message}")


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command()(collect)
    app.command("import")(import_posts)
