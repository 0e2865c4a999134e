"""The first half of alerting, and the preview: of every subscription, the windows that have closed.

-> a digest in the outbox, or a note that there was nothing to say; one that cannot be made waits, and stops no other

It may stop at any instruction and be run again, by any number of processes: the outbox (ledger.outbox) knows each window once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from alerts.making import make_digest
from alerts.render import Rendered
from alerts.service import show
from alerts.windows import due_windows, open_window
from config import Subscription
from indexer import Index, IndexFault, require_complete
from ledger import Ledger, LedgerError, OutboxWindow, enqueue, last_window_end, note_waiting, read_windows


@dataclass(frozen=True)
class PreparationReport:
    """What one round put into the outbox.

    ``deliveries``: how many are new. ``waiting``: why digests could not be made, with the subscriptions they are of.
    """

    deliveries: int = 0
    waiting: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def prepare(
    ledger: Ledger,
    index: Index,
    subscriptions: Iterable[Subscription],
    now: datetime,
    *,
    asked: bool = False,
    assessed: Collection[str] | None = None,
) -> PreparationReport:
    """Puts the digests of closed windows into the outbox. What cannot be made waits for the next call: the index is away, is
    being rebuilt, or refuses us; and it keeps no other subscription waiting.

    ``asked``: someone asked for it, so a digest goes out also where there is nothing new. ``assessed``: the
    languages that the model assesses, None where that is not known. What waits is noted for `status`. Raises LedgerError.
    """
    number, waiting = 0, dict[str, tuple[str, ...]]()
    looked = dict[str, str | None]()
    this_round = _Round(ledger, index, now, asked, assessed)
    for subscription in subscriptions:
        if not subscription.enabled:
            continue
        try:
            number += this_round.prepare(subscription)
        except LedgerError:
            raise
        except IndexFault as exc:
            reason = str(exc)
        except Exception as exc:  # noqa: BLE001 - a defect that one digest meets must not hold up all others for ever
            # The type alone: a message can quote a post.
            reason = f"{type(exc).__name__} (a defect of Daymark: please report it)"
        else:
            looked[subscription.id] = None
            continue
        waiting[reason] = (*waiting.get(reason, ()), subscription.id)
        looked[subscription.id] = reason
    note_waiting(ledger, looked)
    return PreparationReport(number, waiting)


@dataclass
class _Round:
    """One look at all subscriptions."""

    ledger: Ledger
    index: Index
    now: datetime
    asked: bool
    assessed: Collection[str] | None
    amiss: IndexFault | None = None
    """What is wrong with the index as a whole: it is not asked again for each, since one that is away answers after a minute."""

    def prepare(self, subscription: Subscription) -> int:
        number = 0
        windows = due_windows(subscription, self.now, last_window_end(self.ledger, subscription.id))
        # The service looks every half minute; a subscription's history is read when its clock has ticked only.
        earlier = read_windows(self.ledger, subscription.id) if windows else []
        if windows:
            # A window is told once: made of half an index it would show a fall that is none, and stay wrong.
            self._require_complete()
        for window in windows:
            digest, families = make_digest(
                self.ledger, self.index, subscription, window, earlier, self.now, self.assessed
            )
            wanted = digest.has_news or digest.is_blind or self.asked or not subscription.only_when_news
            noted = OutboxWindow(
                subscription.id, subscription.channel, window.start, window.end, families, digest.event_keys
            )
            recipients = subscription.recipients if wanted else ()
            number += enqueue(self.ledger, noted, recipients, {"digest": digest.model_dump(mode="json")}, self.now)
            earlier.append(noted)
        return number

    def _require_complete(self) -> None:
        if self.amiss is not None:
            raise self.amiss
        try:
            require_complete(self.ledger, self.index)
        except IndexFault as exc:
            self.amiss = exc
            raise


def preview(
    ledger: Ledger,
    index: Index,
    subscription: Subscription,
    now: datetime,
    assessed: Collection[str] | None = None,
) -> Rendered:
    """The digest as it would go out if its window closed now. Nothing is stored, nothing counts as told."""
    earlier = read_windows(ledger, subscription.id)
    window = open_window(subscription, now, earlier[-1].end if earlier else None)
    digest, _ = make_digest(ledger, index, subscription, window, earlier, now, assessed)
    return show(ledger, digest)
