"""What a Lemmy server says of itself: which version of its API it speaks, and its languages. Holds for a day.

``/api/v4/site`` answers from version 1.0 on; 404 or anything else that is no refusal means version 3.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from crawlers.errors import EndRun
from crawlers.outcome import Outcome
from crawlers.platforms.lemmy.posts import read_languages
from crawlers.platforms.shared.answers import read_json
from crawlers.spiders.base import PollSpider

if TYPE_CHECKING:
    from scrapy.http import Response

AGE = timedelta(days=1)
_REFUSALS = (401, 403, 407, 451)


@dataclass(frozen=True)
class LemmySite:
    """``version`` of the API: 3 or 4. ``languages``: codes by the server's number."""

    version: int = 3
    languages: dict[str, str] = field(default_factory=dict)
    asked: datetime | None = None

    @classmethod
    def load(cls, stored: Any) -> LemmySite:
        """From the cursor."""
        if not stored:
            return cls()
        asked = datetime.fromisoformat(stored["at"])
        return cls(int(stored["version"]), dict(stored["languages"]), asked)

    def dump(self) -> dict[str, Any]:
        """For the cursor."""
        return {
            "version": self.version,
            "languages": self.languages,
            "at": self.asked.isoformat() if self.asked else "",
        }

    def is_fresh(self, now: datetime) -> bool:
        """Whether the server need not be asked again."""
        return self.asked is not None and self.asked + AGE > now


async def ask_site(spider: PollSpider, base: str) -> LemmySite:
    """Asks the server. Raises EndRun where it refuses or is no Lemmy server, and what ``fetch`` raises."""
    for version in (4, 3):
        response = await spider.fetch(f"{base}/api/v{version}/site")
        found = read_json(response)
        if response.status == 200 and isinstance(found, dict) and "site_view" in found:
            return LemmySite(version, read_languages(found), spider.task.started)
        if version == 3 or response.status in _REFUSALS:
            stop_on_answer(spider, response)
    raise EndRun(Outcome.FAILED, f"{base} does not answer as a Lemmy server does")


def stop_on_answer(spider: PollSpider, response: Response) -> None:
    """Ends the run for an answer that is none. Raises EndRun."""
    if error_of(read_json(response)) == "instance_is_private":
        raise EndRun(Outcome.BLOCKED, "the server shows its posts to its members only")
    spider.stop_on_status(response)


def error_of(found: Any) -> str:
    """The word for what went wrong in an answer of the API; empty where there is none."""
    error = found.get("error") if isinstance(found, dict) else None
    return error if isinstance(error, str) else ""
