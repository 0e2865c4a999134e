"""A digest of a day, and how it reads."""

from __future__ import annotations

from alerts import Digest, Rendered, Window, make_digest, show
from ledger import OutboxWindow
from tests.alerts.conftest import END, NOW, START, World, subscribe

WINDOW = Window(START, END)


def digest_of(world: World, *earlier: OutboxWindow, **fields: object) -> Digest:
    digest, _ = make_digest(world.ledger, world.index, subscribe(**fields), WINDOW, list(earlier), NOW)
    return digest


def both(world: World, digest: Digest) -> Rendered:
    return show(world.ledger, digest)
