"""Digests that are due, and a round of deliveries to a mail server."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from alerts import DeliveryReport, deliver, prepare
from config import Settings, Subscriptions
from tests.alerts.conftest import NOW, PHONE, World, subscribe
from tests.peers.smtp import Mailbox


def mailing(world: World, server: Mailbox | str) -> Settings:
    """Settings that send by this server."""
    url = server if isinstance(server, str) else f"smtp://{server.host}:{server.port}"
    return world.settings.model_copy(update={"smtp_url": url, "smtp_from": "daymark@monitor.example"})


def send(world: World, settings: Settings, now: datetime) -> DeliveryReport:
    """One round, where all that wait are still subscribed."""
    to: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in world.rows():
        to[row["subscription"], row["channel"]].append(row["recipient"])
    entries = [subscribe(id=name, channel=channel, recipients=who) for (name, channel), who in to.items()]
    register = Subscriptions(subscriptions=tuple(entries))
    return deliver(world.ledger, world.worker, settings, register, now)


def make_due(world: World, *recipients: str) -> None:
    """A digest in the outbox."""
    world.add("Boat tonight " + PHONE)
    to = list(recipients) or ["unit@example.org"]
    assert prepare(world.ledger, world.index, [subscribe(recipients=to)], NOW).deliveries == len(to)
