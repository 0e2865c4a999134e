"""What a server says of itself: who may read its timelines, the domain of its accounts, and how it is asked for posts.

Mastodon      ``configuration.timelines_access`` (4.5+): public, authenticated or disabled, for local and remote posts each;
              where it stands empty the timeline is switched off
Pleroma       ``pleroma.metadata.restrict_unauthenticated``, and ``ids[]`` where Mastodon has ``id[]``; Akkoma alike,
              without a second version of the instance's answer
The rest says nothing here, and answers 401 where it wants a login. What was said stands in the cursor and holds for a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crawlers.errors import EndRun
from crawlers.outcome import Outcome
from crawlers.platforms.mastodon.statuses import home_of
from crawlers.platforms.mastodon.timeline import Timeline

AGE = timedelta(days=1)
PARTS = {"local": "local", "remote": "federated"}
"""The parts of a timeline, and Pleroma's words for them."""


def stored_moment(stored: Any) -> datetime:
    """A time that stands in a cursor. Raises ValueError or TypeError for one that no run has written."""
    moment = datetime.fromisoformat(stored)
    if moment.tzinfo is None or not 1990 < moment.year < 3000:
        raise ValueError("a date that no run has written")
    return moment


@dataclass(frozen=True)
class Access:
    """``params`` restrict a timeline to what is public; ``home`` is the domain of local accounts."""

    params: Mapping[str, str]
    home: str
    asked: datetime | None = None
    ids: str = "id[]"
    """What the lookup of many statuses calls their ids."""
    hides: bool = False
    """Whether visitors are told "not found" of statuses that are there."""

    @classmethod
    def load(cls, stored: Any, home: str) -> Access:
        """From the cursor; where nothing is stored, ``home`` and no restriction until the server is asked."""
        if not stored:
            return cls({}, home)
        known = stored_moment(stored["at"])
        return cls(
            dict(stored["params"]),
            str(stored["home"]),
            known,
            str(stored.get("ids", "id[]")),
            bool(stored.get("hides")),
        )

    def dump(self) -> dict[str, Any]:
        """For the cursor."""
        asked = self.asked.isoformat() if self.asked else None
        return {"at": asked, "params": dict(self.params), "home": self.home, "ids": self.ids, "hides": self.hides}

    def is_fresh(self, now: datetime) -> bool:
        """Whether the server need not be asked again."""
        return self.asked is not None and self.asked + AGE > now


def read_access(instance: Any, url: str, timeline: Timeline, now: datetime) -> Access:
    """Access as the instance states it. Raises EndRun where the timeline is not public, or for another shape."""
    if not isinstance(instance, dict):
        raise EndRun(Outcome.FAILED, f"{url} does not answer as a Mastodon server does")
    restricted = _dict(_dict(_dict(instance.get("pleroma")).get("metadata")).get("restrict_unauthenticated"))
    closed = {**_stated(instance, timeline.feed), **_closed_to_visitors(_dict(restricted.get("timelines")))}
    parts = [part for part in PARTS if part not in closed]
    if not parts:
        off = set(closed.values()) == {"disabled"}
        raise EndRun(
            Outcome.BLOCKED,
            "the server has switched this timeline off"
            if off
            else "the server shows this timeline to its members only",
        )
    params = {parts[0]: "true"} if len(parts) == 1 and timeline.has_parts else {}
    ids = "ids[]" if isinstance(instance.get("pleroma"), dict) else "id[]"
    hides = any(_dict(restricted.get("activities")).values())
    return Access(params, home_of(instance, url), now, ids, hides)


def _stated(instance: dict[str, Any], feed: str) -> dict[str, str]:
    """Parts of a timeline that are not public, with the word for what they are instead."""
    access = _dict(instance.get("configuration")).get("timelines_access")
    found = access.get(feed) if isinstance(access, dict) else access
    if found is None:
        return {}
    if found == []:
        return dict.fromkeys(PARTS, "disabled")
    if not isinstance(found, dict):
        raise EndRun(Outcome.FAILED, "the server says who may read its timelines in a form that is not known")
    words = {part: found.get(part, "public") for part in PARTS}
    return {part: str(word or "disabled") for part, word in words.items() if word != "public"}


def _closed_to_visitors(restricted: dict[str, Any]) -> dict[str, str]:
    return {part: "authenticated" for part, word in PARTS.items() if restricted.get(word)}


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
