"""A source with a key and its spider, without a server: for what a spider makes of what it is given."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from config import Source
from crawlers.landing import MemoryStore
from crawlers.platforms.keyed.spider import KeyedSpider
from crawlers.spiders import spider_for
from crawlers.tally import Tally
from crawlers.task import Task
from tests.crawlers.keyed.peers import KEY

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TARGETS = {"youtube": "video:Vid_0000001", "vk": "search:boat", "x": "boat", "reddit": "example_town"}
ENTRY = {"id": "a", "purpose": "tests", "legal_basis": "tests"}
CREDENTIALS = {"youtube": ("A_KEY",), "vk": ("A_KEY",), "x": ("A_KEY",), "reddit": ("A_KEY", "A_SECRET")}


def entry(kind: str, **fields: Any) -> dict[str, Any]:
    limits = {"limits": {"money": 1.0, "money_month": 9.0}} if kind == "x" else {}
    return {**ENTRY, "kind": kind, "target": TARGETS[kind], "credentials": CREDENTIALS[kind], **limits, **fields}


def spider_of(kind: str, cursor: dict[str, Any] | None = None) -> KeyedSpider:
    source = Source.model_validate(entry(kind))
    task = Task(
        source=source, mode="poll", url=source.url, user_agent="test", version="0", started=NOW, cursor=cursor or {}
    )
    spider = spider_for(source.kind)(task=task, tally=Tally(), store=MemoryStore())
    assert isinstance(spider, KeyedSpider)
    spider.keys = (KEY, KEY)
    return spider
