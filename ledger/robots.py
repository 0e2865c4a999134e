"""What robots.txt of a source's server said: the verdict for what is asked, its hash, when it was read, when it was another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True)
class RobotsFacts:
    """What a poll came to with robots.txt of its source's server. ``sha256`` is None where there was none, ``is_known`` False
    where it could not be had.
    """

    verdict: str
    sha256: str | None
    at: datetime
    is_known: bool = True


def robots_columns(known: sa.Row[Any], found: RobotsFacts | None) -> dict[str, Any]:
    """What changes in a source's row by a look at robots.txt; the hash stays where it could not be had."""
    if found is None:
        return {}
    if not found.is_known:
        return {"robots_verdict": found.verdict}
    is_other = known.robots_read_at is not None and known.robots_sha256 != found.sha256
    return {
        "robots_verdict": found.verdict,
        "robots_sha256": found.sha256,
        "robots_read_at": found.at,
        **({"robots_changed_at": found.at} if is_other else {}),
    }
