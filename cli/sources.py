"""sources: the register, with its health, what robots.txt says, and who switched each on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import typer

from cli.output import print_json, print_table, print_text
from cli.robots import robots_of
from cli.rooms import open_house, register_of
from cli.source_adding import add_adding_commands
from cli.source_checking import add_check_command
from cli.source_lists import add_list_commands
from cli.source_proposals import add_proposal_commands
from cli.troubles import find_overdue, judge_sources, read_troubles
from config import load_project
from ledger import MissedRechecks, missed_rechecks, read_sources

sources_app = typer.Typer(help="The source register: what is read, and how it fares.", no_args_is_help=False)
add_adding_commands(sources_app)
add_proposal_commands(sources_app)
add_check_command(sources_app)
add_list_commands(sources_app)


@sources_app.callback(invoke_without_command=True)
def sources(ctx: typer.Context, as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
    """Lists the sources with their health."""
    if ctx.invoked_subcommand is not None:
        return
    with open_house() as house:
        register = register_of(house)
        states = read_sources(house.ledger, [source.id for source in register.sources])
        project, now = load_project(house.settings.data), datetime.now(UTC)
        events, gaps = read_troubles(house.ledger, states)
        missed = missed_rechecks(house.ledger, now - timedelta(days=1))
    health = judge_sources(register.sources, project, states, events, now)
    on = {name for name, found in health.items() if found.word != "off"}
    overdue = find_overdue(register.sources, states, health, now)
    rows = [
        {
            "id": source.id,
            "kind": source.kind.value,
            "state": health[source.id].word,
            "last_success": _time(states[source.id].last_success),
            "last_new": _time(states[source.id].last_new),
            "next_due": _time(states[source.id].next_due),
            "overdue_minutes": overdue.minutes.get(source.id, 0),
            "events": ", ".join(event.kind.value for event in events if event.source == source.id and source.id in on),
            "rechecks_skipped": missed.get(source.id, MissedRechecks()).skipped,
            "rechecks_given_up": missed.get(source.id, MissedRechecks()).given_up,
            "gaps": sum(gap.source == source.id for gap in gaps) if source.id in on else 0,
            "robots": states[source.id].robots_verdict,
            "switched_on_by": source.switched_on_by,
            "message": health[source.id].why,
        }
        for source in register.sources
    ]
    if as_json:
        print_json([{**row, "robots": robots_of(states[str(row["id"])])} for row in rows])
    elif rows:
        print_table("", list(rows[0]), [list(row.values()) for row in rows])
        if overdue.line:
            print_text(overdue.line)
    else:
        print("no sources yet: daymark sources add URL --purpose … --legal-basis …")


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
