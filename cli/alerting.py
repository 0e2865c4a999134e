"""digest: sends what is due to subscribers, or shows it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import typer

from alerts import (
    DeliveryReport,
    PreparationReport,
    Rendered,
    check_channels,
    deliver,
    language_warnings,
    prepare,
    preview,
)
from cli.faults import CommandFault
from cli.output import print_json, print_text
from cli.rooms import House, open_house, open_worker
from config import Subscription, Subscriptions, load_subscriptions


def digest(
    show: bool = typer.Option(False, "--preview", help="Print the digest as it would go out now; send nothing."),
    subscription: str = typer.Option("", help="Only this subscription."),
    html: Path | None = typer.Option(None, help="With --preview of one subscription: write its HTML into this file."),
    asked: bool = typer.Option(
        False, "--asked", help="Where a window has closed since the last digest, send it also if it holds nothing new."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Sends the digests that are due to their subscribers."""
    if html is not None and not show:
        raise typer.BadParameter("--html writes a preview: give --preview too")
    # It brings the crawlers along, for which only those who ask for digests wait.
    from scheduler import assessed_languages

    now = datetime.now(UTC)
    with open_house() as house:
        register = load_subscriptions(house.settings.data)
        chosen = _choose(register, subscription)
        assessed = assessed_languages(house.settings)
        if assessed is not None:
            for line in language_warnings(chosen, assessed):
                print(line, file=sys.stderr)
        if show:
            if html is not None and len(chosen) > 1:
                raise typer.BadParameter("--html takes one digest: name it with --subscription")
            _show([preview(house.ledger, house.index, item, now, assessed) for item in chosen], html, as_json)
            return
        made, report = _send(house, register, chosen, now, asked=asked, assessed=assessed)
    _tell(made, report, as_json)


def _send(
    house: House,
    register: Subscriptions,
    chosen: tuple[Subscription, ...],
    now: datetime,
    *,
    asked: bool,
    assessed: frozenset[str] | None,
) -> tuple[PreparationReport, DeliveryReport]:
    check_channels(chosen, house.settings)
    # All, not only those that are in the register still: what waits for nobody any more is put away.
    only = None if chosen == register.subscriptions else {item.id for item in chosen}
    with open_worker(house) as worker:
        made = prepare(house.ledger, house.index, chosen, now, asked=asked, assessed=assessed)
        # What is made already goes out, whatever the index says today.
        return made, deliver(house.ledger, worker, house.settings, register, now, only=only)


def _tell(made: PreparationReport, report: DeliveryReport, as_json: bool) -> None:
    values = {
        "prepared": made.deliveries,
        "sent": report.sent,
        "retried": report.retried,
        "dead": report.dead,
        "lost": report.lost,
    }
    waiting = [f"{', '.join(names)}: {reason}" for reason, names in made.waiting.items()]
    reasons = [*waiting, *report.reasons]
    if as_json:
        print_json({**values, "reasons": reasons})
    else:
        print_text("\n".join([", ".join(f"{number} {name}" for name, number in values.items()), *reasons]))
    if waiting:
        raise CommandFault(f"digests that cannot be made now wait: {'; '.join(waiting)}")
    if report.reasons and not (report.sent or report.lost):
        raise CommandFault("no digest went out; those that are not given up are tried again: daymark status")


def _choose(register: Subscriptions, wanted: str) -> tuple[Subscription, ...]:
    if not register.subscriptions:
        raise CommandFault("no subscriptions yet: write subscriptions.yaml into the data folder (docs/digests.md)")
    if not wanted:
        return register.subscriptions
    found = register.get(wanted)
    if found is None:
        raise CommandFault(f"there is no subscription {wanted!r} in subscriptions.yaml")
    return (found,)


def _show(digests: list[Rendered], html: Path | None, as_json: bool) -> None:
    if html is not None:
        html.write_text(digests[0].html, "utf-8")
    if as_json:
        print_json([{"subject": one.subject, "text": one.text, "html": one.html} for one in digests])
    elif html is not None:
        print_text(f"{digests[0].subject}\nwritten to {html}")
    else:
        # As it would go out, with the marks that keep each text's direction to itself (alerts.render).
        print("\n".join(f"{one.subject}\n\n{one.text}" for one in digests))


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    app.command()(digest)
