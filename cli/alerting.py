"""digest: sends what is due to subscribers, or shows it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import typer

from alerts import Rendered, deliver, prepare, preview
from cli.faults import CommandFault
from cli.output import print_json
from cli.rooms import open_house, open_worker
from config import Subscription, Subscriptions, load_subscriptions


def digest(
    show: bool = typer.Option(False, "--preview", help="Print the digest as it would go out now; send nothing."),
    subscription: str = typer.Option("", help="Only this subscription."),
    html: Path | None = typer.Option(None, help="With --preview: write the HTML into this file instead."),
    asked: bool = typer.Option(False, "--asked", help="Send also where there is nothing new."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Sends the digests that are due to their subscribers."""
    now = datetime.now(UTC)
    with open_house() as house:
        chosen = _choose(load_subscriptions(house.settings.data), subscription)
        if show:
            for item in chosen:
                _show(preview(house.ledger, house.index, item, now), html, as_json)
            return
        with open_worker(house) as worker:
            made = prepare(house.ledger, house.index, chosen, now, asked=asked)
            report = deliver(house.ledger, worker, house.settings, now)
    values = {
        "prepared": made,
        "sent": report.sent,
        "retried": report.retried,
        "dead": report.dead,
        "lost": report.lost,
    }
    if as_json:
        print_json(values)
    else:
        print(", ".join(f"{number} {name}" for name, number in values.items()))


def _choose(register: Subscriptions, wanted: str) -> tuple[Subscription, ...]:
    if not register.subscriptions:
        raise CommandFault("no subscriptions yet: write subscriptions.yaml into the data folder (docs/digests.md)")
    if not wanted:
        return register.subscriptions
    found = register.get(wanted)
    if found is None:
        raise CommandFault(f"there is no subscription {wanted!r} in subscriptions.yaml")
    return (found,)


def _show(rendered: Rendered, html: Path | None, as_json: bool) -> None:
    if html is not None:
        html.write_text(rendered.html, "utf-8")
        print(f"{rendered.subject}\nwritten to {html}")
    elif as_json:
        print_json({"subject": rendered.subject, "text": rendered.text, "html": rendered.html})
    else:
        print(f"{rendered.subject}\n\n{rendered.text}")


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    app.command()(digest)
