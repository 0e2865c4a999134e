"""Delivers once and dies by kill -9 at a given place: `python -m tests.alerts.crashing PLACE SETTINGS NOW`."""

from __future__ import annotations

import os
import signal
import smtplib
import sys
from datetime import datetime
from typing import Any
from unittest.mock import patch

from alerts import deliver, service
from config import Settings, Subscription, Subscriptions, load_key
from ledger import make_worker, open_ledger


def die(*_: Any, **__: Any) -> Any:
    """The end, as by a power cut."""
    os.kill(os.getpid(), signal.SIGKILL)


def half_then_die(self: smtplib.SMTP, data: bytes | str) -> None:
    """Sends half of a message, and no more."""
    raw = data.encode() if isinstance(data, str) else data
    assert self.sock is not None
    if len(raw) < 1000:
        self.sock.sendall(raw)
        return
    self.sock.sendall(raw[: len(raw) // 2])
    die()


def main() -> None:
    """See above. PLACE: claimed (before anything is sent), half (in the message), accepted (before it is recorded)."""
    place, given, now = sys.argv[1:]
    match place:
        case "claimed":
            patch.object(service, "_deliver_one", die).start()
        case "half":
            patch.object(smtplib.SMTP, "send", half_then_die).start()
        case "accepted":
            patch.object(service, "record_sent", die).start()
    settings = Settings.model_validate_json(given)
    everyone = ("a@example.org", "b@example.org")
    register = Subscriptions(subscriptions=(Subscription(id="east", title="East", recipients=everyone),))
    with open_ledger(settings.ledger, load_key(settings.key_dir)) as ledger, make_worker(ledger) as worker:
        deliver(ledger, worker, settings, register, datetime.fromisoformat(now))


if __name__ == "__main__":
    main()
