"""The second half of alerting: what the outbox has due, one recipient at a time -> sent, due again later, or dead.

It may stop at any instruction and be run again, by any number of processes: the outbox (ledger.outbox) says what is left.
Right before a digest leaves, its texts are checked against the ledger and its recipient against the register: who was taken
out of subscriptions.yaml gets nothing more. One delivery's fault stops no other.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from pydantic import ValidationError

from alerts.channels import Channel, Delivery, FileChannel, Letter, Outcome, SmtpChannel
from alerts.digest import Digest
from alerts.recall import keep_with
from alerts.render import Rendered, render
from alerts.texts import read_texts
from config import ChannelKind, ConfigError, Settings, Subscription, Subscriptions
from ledger import (
    Ledger,
    LedgerError,
    OutboxItem,
    OutboxState,
    Worker,
    claim_outbox,
    record_dead,
    record_down,
    record_failed,
    record_sent,
    release_outbox,
)

log = structlog.get_logger("daymark")


@dataclass(frozen=True)
class DeliveryReport:
    """What one round did, recipients by outcome. ``lost``: sent, but the lease was gone when it was to be recorded.

    ``reasons``: why something did not go out, each once, in the other side's words.
    """

    sent: int = 0
    retried: int = 0
    dead: int = 0
    lost: int = 0
    reasons: tuple[str, ...] = field(default=(), compare=False)

    @property
    def total(self) -> int:
        """Recipients that were tried."""
        return self.sent + self.retried + self.dead + self.lost


def show(ledger: Ledger, digest: Digest) -> Rendered:
    """A digest with the texts that the ledger lets out now."""
    return render(digest, read_texts(ledger, (lead.post_id for lead in digest.leads)))


def deliver(
    ledger: Ledger,
    worker: Worker,
    settings: Settings,
    register: Subscriptions,
    now: datetime,
    *,
    only: Collection[str] | None = None,
    stop: threading.Event | None = None,
) -> DeliveryReport:
    """Delivers what is due by ``now``, until nothing is left or ``stop`` is set. Raises LedgerUnavailable.

    ``register``: the subscriptions as they stand; ``only``: the ids of those to deliver for, None for all.
    """
    release_outbox(ledger, worker)
    channels = _Channels(settings)
    counts = {"sent": 0, "retried": 0, "dead": 0, "lost": 0}
    reasons: dict[str, None] = {}
    while not (stop and stop.is_set()):
        items = claim_outbox(ledger, worker, now, only=only)
        if not items:
            break
        for item in items:
            delivery, keep = _deliver_one(ledger, channels, register, item, now)
            if delivery.outcome is not Outcome.SENT and delivery is not _UNSUBSCRIBED:
                reasons[delivery.detail] = None
            counts[_record(ledger, worker, item, delivery, now, keep)] += 1
    return DeliveryReport(**counts, reasons=tuple(reasons))


_Kept = dict[str, Any] | None
_UNSUBSCRIBED = Delivery(Outcome.DEAD, "no longer subscribed")


def _deliver_one(
    ledger: Ledger, channels: _Channels, register: Subscriptions, item: OutboxItem, now: datetime
) -> tuple[Delivery, _Kept]:
    if not _is_subscribed(register, item):
        return _UNSUBSCRIBED, None
    try:
        digest = Digest.model_validate(item.message.get("digest"))
    except ValidationError:
        return Delivery(Outcome.DEAD, "the digest was made by another version of Daymark and cannot be read"), None
    try:
        letter = Letter(item.key, item.subscription, item.recipient, item.end, show(ledger, digest))
        delivery = channels.deliver(item.channel, letter, now)
    except LedgerError:
        raise
    except Exception as exc:  # noqa: BLE001 - a defect that one delivery meets must not hold up all others for ever
        # The type alone: a message can quote a post.
        log.error("a delivery failed", subscription=item.subscription, error=type(exc).__name__)
        return Delivery(Outcome.RETRY, f"{type(exc).__name__} (a defect of Daymark: please report it)"), None
    return delivery, keep_with(letter.content) if delivery.within_reach else None


def _is_subscribed(register: Subscriptions, item: OutboxItem) -> bool:
    found = register.get(item.subscription)
    return (
        found is not None
        and found.enabled
        and found.channel.value == item.channel
        and item.recipient in found.recipients
    )


def _record(ledger: Ledger, worker: Worker, item: OutboxItem, delivery: Delivery, now: datetime, keep: _Kept) -> str:
    if delivery.outcome is Outcome.SENT:
        return "sent" if record_sent(ledger, worker, item, delivery.detail, now, keep) else "lost"
    if delivery.outcome is Outcome.DEAD:
        record_dead(ledger, worker, item, delivery.detail)
        return "dead"
    if delivery.outcome is Outcome.DOWN:
        record_down(ledger, worker, item, delivery.detail, now)
        return "retried"
    state = record_failed(ledger, worker, item, delivery.detail, now)
    return "dead" if state is OutboxState.DEAD else "retried"


class _Channels:
    """The channels of one round. One that is down is not tried again before the next round."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open: dict[str, Channel] = {}
        self._down: dict[str, Delivery] = {}

    def deliver(self, kind: str, letter: Letter, now: datetime) -> Delivery:
        if kind in self._down:
            return self._down[kind]
        try:
            channel = self._open.get(kind) or make_channel(ChannelKind(kind), self._settings)
        except ConfigError as exc:
            self._down[kind] = Delivery(Outcome.DOWN, str(exc))
            return self._down[kind]
        self._open[kind] = channel
        delivery = channel.deliver(letter, now)
        if delivery.outcome is Outcome.DOWN:
            self._down[kind] = delivery
        return delivery


def make_channel(kind: ChannelKind, settings: Settings) -> Channel:
    """The channel as the settings have it. Raises ConfigError where they are missing or wrong."""
    if kind is ChannelKind.FILE:
        return FileChannel(settings.data)
    return SmtpChannel(settings.smtp_url, settings.smtp_from, settings.smtp_ca_file)


def check_channels(subscriptions: Iterable[Subscription], settings: Settings) -> None:
    """Raises ConfigError at start, rather than with the first digest, where a channel in use cannot work."""
    for kind in {subscription.channel for subscription in subscriptions if subscription.enabled}:
        make_channel(kind, settings)
