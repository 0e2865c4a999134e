"""`sources add` without --kind: what an address is, and how it is read."""

from __future__ import annotations

from typing import Any

from cli.faults import CommandFault
from cli.output import print_text
from cli.rooms import House, open_worker
from config import Source, SourceKind, load_project, parse_values
from crawlers import Finding, NotReadableError, discover


def recognise(house: House, entry: dict[str, Any]) -> dict[str, Any]:
    """The entry with the kind, the address and the fields that were found out; says what it is.

    Raises ConfigError for an entry that is wrong in itself, before anything is fetched, and CommandFault.
    """
    source = parse_values({**entry, "kind": SourceKind.FEEDS}, Source)
    if source.why_off is not None:
        raise CommandFault(f"{source.id} would not run: {source.why_off}")
    project = load_project(house.settings.data)
    with open_worker(house) as worker:
        try:
            finding = discover(house.ledger, worker, source, project, house.settings)
            found = finding.entry(with_key=bool(entry.get("credentials")))
        except NotReadableError as exc:
            raise CommandFault(f"{exc}; say --kind to write the entry all the same") from exc
    _say(finding, found)
    # Of a platform with a key the address of a page is not that of its interface.
    kept = {name: value for name, value in entry.items() if name != "url" or "target" not in found}
    return {**kept, **found}


def _say(finding: Finding, found: dict[str, str]) -> None:
    words = " ".join(f"{name}={value}" for name, value in found.items() if name != "kind")
    print_text(f"{finding.platform}: read as {found['kind']}, {words}")
    if finding.kind != found["kind"]:
        why = "needs keys of yours" if finding.is_keyed else "is not built yet"
        print_text(f"kind {finding.kind} {why}: its feed is read instead")
    others = [feed for feed in finding.feeds if feed != found.get("url")]
    if others:
        print_text(f"it has other feeds, too: {' '.join(others[:10])}")
