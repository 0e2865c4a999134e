"""What a Mastodon server says of itself: whether its timelines are public, and the domain of its accounts.

The answer stands in the cursor and holds for a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crawlers.errors import EndRun
from crawlers.outcome import Outcome
from crawlers.platforms.mastodon.statuses import home_of

AGE = timedelta(days=1)


@dataclass(frozen=True)
class Access:
    """``params`` restrict a timeline to what is public; ``home`` is the domain of local accounts."""

    params: dict[str, str]
    home: str
    asked: datetime | None = None

    @classmethod
    def load(cls, stored: Any, home: str) -> Access:
        """From the cursor; where nothing is stored, ``home`` and no restriction until the server is asked."""
        if not stored:
            return cls({}, home)
        return cls(dict(stored["params"]), str(stored["home"]), datetime.fromisoformat(stored["at"]))

    def dump(self) -> dict[str, Any]:
        """For the cursor."""
        return {"at": self.asked.isoformat() if self.asked else None, "params": self.params, "home": self.home}

    def is_fresh(self, now: datetime) -> bool:
        """Whether the server need not be asked again."""
        return self.asked is not None and self.asked + AGE > now


def read_access(instance: Any, url: str, tag: str | None, now: datetime) -> Access:
    """Access as ``/api/v2/instance`` states it. Raises EndRun where the timeline is not public, or for another shape."""
    if not isinstance(instance, dict):
        raise EndRun(Outcome.FAILED, f"{url} does not answer as a Mastodon server does")
    return Access(_open_part(instance, tag), home_of(instance, url), now)


def _open_part(instance: dict[str, Any], tag: str | None) -> dict[str, str]:
    configuration = instance.get("configuration")
    access = configuration.get("timelines_access") if isinstance(configuration, dict) else None
    feed = access.get("hashtag_feeds" if tag else "live_feeds") if isinstance(access, dict) else None
    if not isinstance(feed, dict):
        return {}
    parts = [name for name in ("local", "remote") if feed.get(name, "public") == "public"]
    if not parts:
        raise EndRun(Outcome.BLOCKED, "the server shows this timeline to its members only")
    return {} if len(parts) == 2 else {parts[0]: "true"}
