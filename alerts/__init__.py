"""Digests of new leads to the people who may act on them: made from the index, checked by the ledger, sent once."""

from alerts.digest import Digest, Lead, RouteGroup
from alerts.languages import language_warnings
from alerts.making import make_digest
from alerts.preparing import PreparationReport, prepare, preview
from alerts.recall import recall
from alerts.render import Rendered, render
from alerts.service import DeliveryReport, check_channels, deliver, show
from alerts.windows import Window, due_windows, open_window

__all__ = [
    "DeliveryReport",
    "Digest",
    "Lead",
    "PreparationReport",
    "Rendered",
    "RouteGroup",
    "Window",
    "check_channels",
    "deliver",
    "due_windows",
    "language_warnings",
    "make_digest",
    "open_window",
    "prepare",
    "preview",
    "recall",
    "render",
    "show",
]
