"""sources proposals, refuse: public places that posts on topic link to, for a person to decide on."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import typer

from cli.faults import CommandFault
from cli.output import print_json, print_table
from cli.rooms import open_house, register_of
from cli.who import who_decides
from crawlers import known_hosts, place_of
from ledger import Ledger, Proposal, ProposalState, decide_proposal, list_proposals, read_proposal

_PLACE = re.compile(r"[0-9a-f]{16}")


def proposals(
    min_posts: int = typer.Option(1, min=1, help="Only places that so many posts link to."),
    decided: bool = typer.Option(False, "--all", help="Also what was accepted or refused."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Lists public places that posts on topic link to and that no source reads yet; nothing is read before it is accepted."""
    with open_house() as house:
        sources = register_of(house).sources
        hosts = known_hosts(sources)
        here = {place.address for source in sources if (place := place_of(source, hosts)) is not None}
        listed = [
            found
            for found in list_proposals(house.ledger, None if decided else ProposalState.PROPOSED)
            if found.state is not ProposalState.PROPOSED or (found.posts >= min_posts and found.address not in here)
        ]
    rows = [_row(found) for found in listed]
    if as_json:
        print_json(rows)
    elif rows:
        seen = ("first_seen", "last_seen", "sources", "wordings", "posts")
        columns = ("id", "platform", "address", *(("state",) if decided else ()), *seen)
        print_table("", columns, [[row[name] for name in columns] for row in rows], numbers=3)
        print("daymark sources accept ID --purpose … --legal-basis …, or daymark sources refuse ID")
    else:
        print("no proposals: no post on topic links to a public place that is not read yet")


def _row(found: Proposal) -> dict[str, Any]:
    return {
        "id": found.place,
        "platform": found.platform,
        "address": found.address,
        "state": found.state.value,
        "posts": found.posts,
        "sources": found.sources,
        "wordings": found.wordings,
        "first_seen": _time(found.first_seen),
        "last_seen": _time(found.last_seen),
        "decided_at": _time(found.decided_at),
        "decided_by": found.decided_by,
        "source": found.source,
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def find_proposal(ledger: Ledger, place: str) -> Proposal | None:
    """A proposal that waits for a decision; None for what is no proposal's id. Raises CommandFault for one that was decided."""
    found = read_proposal(ledger, place) if _PLACE.fullmatch(place) else None
    if found is not None and found.state is not ProposalState.PROPOSED:
        raise CommandFault(
            f"proposal {place} was {found.state.value} on {found.decided_at:%Y-%m-%d} by {found.decided_by}; "
            "who thinks otherwise adds the address: daymark sources add URL"
        )
    return found


def refuse(
    place: str = typer.Argument(metavar="ID", help="Of `daymark sources proposals`."),
    by: str = typer.Option("", help="Who refuses it; your account's name when left out."),
) -> None:
    """Refuses a proposal: its address is dropped, its keyed hash stays, so that it never comes again."""
    with open_house() as house:
        if find_proposal(house.ledger, place) is None:
            raise CommandFault(f"there is no proposal {place!r}: see daymark sources proposals")
        decide_proposal(house.ledger, place, ProposalState.REFUSED, who_decides(by), datetime.now(UTC))
    print(f"{place} is refused and does not come again; its address is forgotten")


def add_proposal_commands(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command("proposals")(proposals)
    app.command("refuse")(refuse)
