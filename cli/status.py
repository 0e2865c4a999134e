"""status: where every post is, how the sources fare, what the index, the model and the outbox are about."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import typer

from cli.output import print_json, print_table, print_text
from cli.robots import change_line, robots_changes
from cli.rooms import House, open_house, register_of
from cli.troubles import (
    Overdue,
    event_row,
    find_overdue,
    gap_row,
    judge_sources,
    print_troubles,
    read_troubles,
)
from config import ConfigError, load_project, load_subscriptions
from indexer import IndexFault, check_owner
from ledger import (
    MissedRechecks,
    Stage,
    count_read_otherwise,
    count_rechecks,
    due,
    missed_rechecks,
    not_landed_counts,
    outbox_counts,
    read_sources,
    read_waiting,
    status_counts,
)
from nlp import ModelError, model_folder, read_card, rules_fingerprint
from records import ModelOrigin, reading_name


def status(as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
    """States of all posts, health of sources, index and model."""
    with open_house() as house:
        report = status_report(house)
    if as_json:
        print_json(report)
        return
    print_table("", list(report["posts"]), [list(report["posts"].values())], numbers=6)
    print_table("", [f"due {name}" for name in report["due"]], [list(report["due"].values())], numbers=4)
    if report["not_landed"]:
        print_table("seen and not landed", ("reason", "items"), list(report["not_landed"].items()), numbers=1)
    if report["sources"]:
        print_table("", list(report["sources"][0]), [list(row.values()) for row in report["sources"]])
    print_troubles(report["events"], report["gaps"])
    for line in _notes(report):
        print_text(line)


def _notes(report: dict[str, Any]) -> Iterator[str]:
    late = {row["id"]: row["overdue_minutes"] for row in report["sources"] if row["overdue_minutes"]}
    if late:
        yield Overdue(late, report["polled"], report["never_read"]).line
    yield from map(change_line, report["robots_changed"])
    index, model, outbox = report["index"], report["model"], report["outbox"]
    found = index["documents"]
    yield f"index {index['backend']}: " + (
        index["error"] if found is None else f"{found:,} of {index['expected']:,} documents"
    )
    yield f"model: {model['error']}" if "error" in model else f"model {model['name']} {model['version']}"
    if model.get("read_otherwise"):
        yield f"  {model['read_otherwise']:,} posts were read by another model or other rules: daymark tag --retag"
    if outbox["due"] or outbox["dead"]:
        yield f"digests: {outbox['due']:,} waiting, {outbox['dead']:,} given up"
    for subscription, reason in outbox["waiting"].items():
        yield f"  {subscription} cannot be made now and waits: {reason}"
    for subscription, recipient, reason in outbox["failures"]:
        yield f"  {subscription} to {recipient}: {reason}"


def status_report(house: House) -> dict[str, Any]:
    """The shape of `status --json`."""
    counts = status_counts(house.ledger)
    register, project, now = register_of(house), load_project(house.settings.data), datetime.now(UTC)
    states = read_sources(house.ledger, [source.id for source in register.sources])
    events, gaps = read_troubles(house.ledger, states)
    health = judge_sources(register.sources, project, states, events, now)
    off = {name for name, found in health.items() if found.word == "off"}
    overdue = find_overdue(register.sources, states, health, now)
    missed = missed_rechecks(house.ledger, now - timedelta(days=1))
    try:
        check_owner(house.ledger, house.index)
        house.index.refresh()
        documents: int | None = house.index.count()
        trouble = None
    except IndexFault as exc:
        documents, trouble = None, str(exc)
    return {
        "posts": {
            name: getattr(counts, name) for name in ("seen", "landed", "tagged", "indexed", "quarantined", "erased")
        },
        "due": {
            # Counted one after the other: what is committed between must not count below none.
            "tag": max(0, sum(due(house.ledger, Stage.TAG)) - counts.retag),
            "retag": counts.retag,
            "index": sum(due(house.ledger, Stage.INDEX)) + counts.deletions,
            "recheck": count_rechecks(house.ledger, now),
        },
        "not_landed": not_landed_counts(house.ledger),
        "sources": [
            {
                "id": source.id,
                "state": health[source.id].word,
                "last_attempt": _iso(states[source.id].last_attempt),
                "last_success": _iso(states[source.id].last_success),
                "last_new": _iso(states[source.id].last_new),
                "next_due": _iso(states[source.id].next_due),
                "overdue_minutes": overdue.minutes.get(source.id, 0),
                "rechecks_skipped": missed.get(source.id, MissedRechecks()).skipped,
                "rechecks_given_up": missed.get(source.id, MissedRechecks()).given_up,
                "why": health[source.id].why,
            }
            for source in register.sources
        ],
        "overdue": len(overdue.minutes),
        "polled": overdue.polled,
        "never_read": overdue.never_read,
        "events": [event_row(event) for event in events if event.source not in off],
        "gaps": [gap_row(gap) for gap in gaps if gap.source not in off],
        "robots_changed": robots_changes(states.values(), now),
        "index": {
            "backend": house.index.backend,
            "documents": documents,
            "expected": counts.expected_documents,
            **({"error": trouble} if trouble else {}),
        },
        "outbox": {**asdict(outbox_counts(house.ledger)), "waiting": _waiting(house)},
        "model": _model(house),
    }


def _waiting(house: House) -> dict[str, str]:
    waiting = read_waiting(house.ledger)
    # Who was taken out of the register waits for nothing; a register that cannot be read hides nobody.
    with contextlib.suppress(ConfigError):
        enabled = {item.id for item in load_subscriptions(house.settings.data).subscriptions if item.enabled}
        return {name: reason for name, reason in waiting.items() if name in enabled}
    return waiting


def _model(house: House) -> dict[str, Any]:
    try:
        card = read_card(model_folder(house.settings.model))
    except ModelError as exc:
        return {"error": str(exc)}
    reading = reading_name(ModelOrigin(name=card.name, version=card.version), rules_fingerprint())
    return {
        "name": card.name,
        "version": card.version,
        "covered": sorted(card.covered),
        "read_otherwise": count_read_otherwise(house.ledger, reading),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    app.command()(status)
