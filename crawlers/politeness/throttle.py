"""Delays between requests to one host: never below what was configured or asked for, above it as latency demands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.extensions.throttle import AutoThrottle

if TYPE_CHECKING:
    from scrapy.core.downloader import Slot
    from scrapy.crawler import Crawler
    from scrapy.http import Response


def raise_delay(crawler: Crawler, host: str, seconds: float) -> None:
    """Makes ``host`` (name in lower case) wait at least ``seconds`` between requests for the rest of the run."""
    downloader = crawler.engine.downloader
    entry = downloader.per_slot_settings.setdefault(host, {"concurrency": 1, "jitter": 0.0})
    entry["delay"] = max(float(entry.get("delay", crawler.settings.getfloat("DOWNLOAD_DELAY"))), seconds)
    slot = downloader.slots.get(host)
    if slot is not None:
        slot.delay = max(slot.delay, entry["delay"])


class FlooredThrottle(AutoThrottle):
    """AutoThrottle that does not fall below a slot's own floor (Scrapy's falls back below a Crawl-delay)."""

    def _adjust_delay(self, slot: Slot, latency: float, response: Response) -> None:
        super()._adjust_delay(slot, latency, response)
        downloader = self.crawler.engine.downloader
        for key, candidate in downloader.slots.items():
            if candidate is slot:
                slot.delay = max(slot.delay, float(downloader.per_slot_settings.get(key, {}).get("delay", 0.0)))
                return
