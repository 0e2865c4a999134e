"""Answers and cursors of any shape: what a keyed platform sends lands, is rejected or ends the run."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy.http import TextResponse

from config.keyed import KEYED
from crawlers.errors import EndRun, Refused
from crawlers.items import Rejection, Removal
from records import Landing
from tests.crawlers.keyed.conftest import PEERS
from tests.crawlers.keyed.keyed_given import NOW, spider_of
from tests.crawlers.keyed.peers import Peer
from tests.crawlers.keyed.reddit import Reddit
from tests.crawlers.keyed.vk import Vk
from tests.crawlers.keyed.x import X
from tests.crawlers.keyed.youtube import YouTube
from tests.fuzz.mutations import places, put

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(
        ["0001-01-01T00:00:00+14:00", "2026-11-01T00:00:00Z", "../x", "12", "\ud800", "t3_a1", "[removed]"]
    )
    | st.sampled_from([10**20, -1, 253402300800, 1e308]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "value", "snippet", "type", "photo", "text", "data", "count"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


def a_page(peer: Peer) -> Any:
    item = peer.add(2, "Words", timedelta(minutes=5))
    if isinstance(peer, YouTube):
        return {"items": [peer.thread(item)], "nextPageToken": "2"}
    if isinstance(peer, Vk):
        return {"response": {"items": [peer.post(item)], "next_from": "2", "count": 1}}
    if isinstance(peer, X):
        return {"data": [peer.post(item)], "meta": {"result_count": 1, "next_token": "2"}, "errors": []}
    assert isinstance(peer, Reddit)
    return peer.listing([peer.thing(item)], "t3_a1")


@pytest.mark.parametrize("peer", PEERS, ids=lambda kind: kind.kind)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_answer_lands_is_rejected_or_ends_the_run(peer: type[Peer], data: st.DataObject) -> None:
    """Pages as the platform sends them, with anything in one or two places."""
    page = a_page(peer())
    for _ in range(2):
        page = put(page, data.draw(st.sampled_from(places(page))), data.draw(ANYTHING))
    spider = spider_of(peer.kind)

    async def ask(url: str, params: object, **_: object) -> TextResponse:
        return TextResponse(url, body=json.dumps(page).encode())

    async def read() -> list[tuple[list[Any], Any]]:
        found: list[tuple[list[Any], Any]] = []
        with suppress(EndRun, Refused):
            shown = await spider.page("new", None)
            found.append((list(shown.items), shown.response))
        with suppress(EndRun, Refused):
            items, _, response = await spider.look_up(["-77_2", "t3_a2", "Ug00002x"])
            found.append((list(items.values()), response))
        return found

    spider.ask = ask  # type: ignore[method-assign]
    for items, response in asyncio.run(read()):
        landed = spider.land(items, response)
        assert all(isinstance(item, Landing | Rejection | Removal) for item in landed)
    counts = spider.tally.counts["seen"], sum(spider.tally.not_landed.values())
    assert counts[0] >= counts[1]
    assert spider.tally.fault is None


@pytest.mark.parametrize("kind", KEYED)
@settings(max_examples=100, deadline=None)
@given(
    cursor=st.dictionaries(st.sampled_from(["covered_to", "spent", "threads", "backlog", "open"]), ANYTHING, max_size=3)
)
def test_a_cursor_of_another_shape_is_read_anew(kind: str, cursor: dict[str, Any]) -> None:
    spider = spider_of(kind, cursor)
    assert spider.floor <= NOW
