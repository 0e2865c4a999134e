"""What a spider hands to the pipeline: a Landing, a ledger.Rechecked, a ledger.Watched, or one of these."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ledger import Rechecked, Watched
from records import Landing


@dataclass(frozen=True)
class Removal:
    """A post that its server says is gone (404, 410 or an explicit flag), or whose author no longer wants it read."""

    post_id: str
    when: datetime


@dataclass(frozen=True)
class AuthorRemoval:
    """All posts of an account: its server says that it is gone, or its owner no longer wants it read. ``author`` in clear."""

    platform: str
    author: str
    when: datetime


@dataclass(frozen=True)
class Rejection:
    """An item that cannot be landed, with its raw bytes kept so that the fault can be found."""

    reason: str
    body: bytes


Found = Landing | Removal | AuthorRemoval | Rejection | Rechecked | Watched
