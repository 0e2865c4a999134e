"""What is kept of an item as its post's original, and what a post says that is found without words, at VK and Reddit."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from scrapy.http import TextResponse

from crawlers.items import Removal
from crawlers.task import RecheckOf
from records import Landing
from tests.crawlers.keyed.keyed_given import NOW, spider_of

WRITTEN = int(NOW.timestamp()) - 9
OTHERS = {"owner_id": 5, "from_id": 5, "id": 9, "text": "Words of another", "attachments": []}
WALL_POST = {
    "id": 1,
    "owner_id": -7,
    "date": WRITTEN,
    "text": "Own words",
    "signer_id": 77001,
    "copy_history": [OTHERS],
    "attachments": [
        {"type": "wall", "wall": OTHERS},
        {"type": "wall_reply", "wall_reply": OTHERS},
        {"type": "photo", "photo": {"text": "A boat"}},
    ],
}
COMMENT = {
    "kind": "t1",
    "data": {
        "name": "t1_b",
        "created_utc": WRITTEN,
        "body": "Own words",
        "link_id": "t3_a",
        "parent_id": "t3_a",
        "link_title": "Words of another",
        "link_author": "another_example",
        "replies": {"kind": "Listing", "data": {"children": [{"kind": "t1", "data": {"body": "Words of another"}}]}},
    },
}
EMPTY_SUBMISSION = {"kind": "t3", "data": {"name": "t3_b", "created_utc": WRITTEN, "title": " ", "selftext": ""}}


def shown(kind: str, item: Any) -> dict[str, Any]:
    """An answer that shows an item."""
    if kind == "vk":
        return {"response": {"items": [item]}}
    return {"kind": "Listing", "data": {"after": None, "children": [item]}}


def ask_again(kind: str, item: Any, lookup: str) -> Any:
    spider = spider_of(kind)

    async def ask(url: str, params: object, **_: object) -> TextResponse:
        return TextResponse(url, body=json.dumps(shown(kind, item)).encode())

    spider.ask = ask  # type: ignore[method-assign]
    return asyncio.run(spider.recheck_batch([RecheckOf(post_id="a" * 32, lookup=lookup)]))["a" * 32]


@pytest.mark.parametrize(("kind", "item", "lookup"), [("vk", WALL_POST, "-7_1"), ("reddit", COMMENT, "t1_b")])
def test_no_words_of_others_are_kept(kind: str, item: dict[str, Any], lookup: str) -> None:
    listed = spider_of(kind).land([item], TextResponse("https://a.example/", body=b"{}"))
    for landed in (*listed, ask_again(kind, item, lookup)):
        assert isinstance(landed, Landing)
        original = landed.raw.body.decode()
        assert "Own words" in original
        assert [said for said in ("Words of another", "another_example", "77001") if said in original] == []
        assert "Words of another" not in landed.post.model_dump_json()
    if kind == "vk":
        assert landed.post.quotes == "5_9"
        assert json.loads(original)["copy_history"] == [{"owner_id": 5, "id": 9}], "which post it passes on is told"
        assert landed.post.media_text == "A boat"


@pytest.mark.parametrize(
    ("kind", "item", "lookup", "outcome"),
    [
        ("vk", {**WALL_POST, "text": "", "attachments": [], "copy_history": []}, "-7_1", "deleted"),
        ("vk", {**WALL_POST, "text": " ", "attachments": []}, "-7_1", "deleted"),
        ("vk", {**WALL_POST, "text": "", "attachments": [{"type": "wall", "wall": OTHERS}]}, "-7_1", "unknown"),
        ("vk", {"id": 1, "owner_id": -7, "date": WRITTEN}, "-7_1", "unknown"),
        ("reddit", EMPTY_SUBMISSION, "t3_b", "deleted"),
        ("reddit", {"kind": "t1", "data": {**COMMENT["data"], "body": ""}}, "t1_b", "deleted"),  # type: ignore[dict-item]
        ("reddit", {"kind": "t1", "data": {"name": "t1_b", "created_utc": WRITTEN}}, "t1_b", "unknown"),
    ],
)
def test_a_post_that_says_it_has_no_words_has_lost_them(kind: str, item: Any, lookup: str, outcome: str) -> None:
    """One whose words are not told has not; and a list does not know whether any had landed."""
    assert ask_again(kind, item, lookup).value == outcome
    spider = spider_of(kind)
    assert [
        found for found in spider.land([item], TextResponse("https://a.example/")) if isinstance(found, Removal)
    ] == []
    assert sum(spider.tally.not_landed.values()) == 1
