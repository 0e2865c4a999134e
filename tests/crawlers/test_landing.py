"""The pipeline in front of the ledger: what it counts beside what the ledger counts."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from crawlers.landing import LandingPipeline, MemoryStore
from crawlers.tally import Tally
from records import WEB, Landing, Post, RawItem
from tests.ledger.world import make_capture


def test_repaired_texts_are_counted() -> None:
    tally, store = Tally(), MemoryStore()
    pipeline = LandingPipeline(store, tally)
    for number, text in enumerate(("fine", "nul \x00", "half \ud800 and \x00")):
        post = Post(
            platform=WEB,
            native_id=f"https://n.example/{number}",
            source="s",
            text=text,
            collected_at=datetime(2026, 11, 20, tzinfo=UTC),
        )
        landing = Landing(post=post, raw=RawItem(body=b"x", media_type="text/plain"), capture=make_capture("c"))
        asyncio.run(pipeline.process_item(landing))
    pipeline.close_spider()
    assert tally.counts == {"repaired_nul": 2, "repaired_surrogate": 1, "new": 3}
