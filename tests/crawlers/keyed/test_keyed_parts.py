"""The parts of the keyed spiders on their own: register entries, budgets over days and months, redaction, and any JSON."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy.http import TextResponse

from config import Source
from config.keyed import KEYED, why_no_key
from crawlers.errors import BudgetSpent, EndRun, Refused
from crawlers.items import Rejection, Removal
from crawlers.landing import MemoryStore
from crawlers.platforms.keyed.budgets import Money, Quota
from crawlers.platforms.keyed.items import Read
from crawlers.platforms.keyed.redaction import Redactor, read_keys
from crawlers.platforms.keyed.spider import KeyedSpider
from crawlers.platforms.shared.words import hashtags_in
from crawlers.platforms.x.posts import first_id_at, moment_of
from crawlers.spiders import spider_for
from crawlers.tally import Tally
from crawlers.task import Task
from records import Landing, Post
from tests.crawlers.keyed.peers import KEY, Peer
from tests.crawlers.keyed.reddit import Reddit
from tests.crawlers.keyed.vk import Vk
from tests.crawlers.keyed.x import X
from tests.crawlers.keyed.youtube import YouTube

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TARGETS = {"youtube": "video:Vid_0000001", "vk": "search:boat", "x": "boat", "reddit": "example_town"}
ENTRY = {"id": "a", "purpose": "tests", "legal_basis": "tests"}
CREDENTIALS = {"youtube": ("A_KEY",), "vk": ("A_KEY",), "x": ("A_KEY",), "reddit": ("A_KEY", "A_SECRET")}


def entry(kind: str, **fields: Any) -> dict[str, Any]:
    limits = {"limits": {"money": 1.0, "money_month": 9.0}} if kind == "x" else {}
    return {**ENTRY, "kind": kind, "target": TARGETS[kind], "credentials": CREDENTIALS[kind], **limits, **fields}


# The register


@pytest.mark.parametrize("kind", KEYED)
def test_an_entry_needs_no_address(kind: str) -> None:
    source = Source.model_validate(entry(kind))
    assert source.url == KEYED[kind].api
    assert source.is_keyed
    assert Source.model_validate(source.model_dump()) == source


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("youtube", {"target": "Vid_0000001"}, "video:ID or channel"),
        ("youtube", {"target": None}, "target must be"),
        ("vk", {"target": "wall:../x"}, "wall:NAME"),
        ("reddit", {"target": "a/b"}, "subreddit"),
        ("x", {"target": "q" * 481}, "a search query"),
        ("x", {"url": "http://api.example"}, "https"),
        ("vk", {"credentials": ["vk1.a.secret-Key"]}, "never the keys themselves"),
    ],
)
def test_a_wrong_entry_says_what_is_wrong(kind: str, fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Source.model_validate(entry(kind, **fields))


def test_money_must_be_stated_before_it_is_spent() -> None:
    for limits in ({}, {"money": 1.0}, {"money_month": 1.0}):
        assert "limits.money" in (Source.model_validate(entry("x", limits=limits)).why_off or "")


def test_what_is_missing_is_named_and_blank_is_missing() -> None:
    assert why_no_key("reddit", ("A_KEY", "A_SECRET"), {"A_KEY": "x" * 9, "A_SECRET": " "}) == (
        "no key: A_SECRET is not set in the environment"
    )
    assert "kind: feeds" in (why_no_key("reddit", (), {}) or "")
    assert why_no_key("feeds", (), {}) is None
    assert why_no_key("vk", ("A_KEY",), {"A_KEY": "x"}) is None


@pytest.mark.parametrize("value", ["short", "with blank inside", "line\nbreak-in-it", "ключ-к-замку"])
def test_what_cannot_be_a_key_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("A_KEY", value)
    with pytest.raises(EndRun, match="A_KEY") as caught:
        read_keys(("A_KEY",))
    assert value not in str(caught.value)


# Budgets


@pytest.mark.parametrize(
    ("now", "day", "opens"),
    [
        (datetime(2026, 11, 22, 7, 59, tzinfo=UTC), "2026-11-21", datetime(2026, 11, 22, 8, tzinfo=UTC)),
        (datetime(2026, 11, 22, 8, 0, tzinfo=UTC), "2026-11-22", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        (datetime(2026, 7, 1, 6, 59, tzinfo=UTC), "2026-06-30", datetime(2026, 7, 1, 7, tzinfo=UTC)),
        # The days on which the clocks change have 23 and 25 hours.
        (datetime(2026, 3, 8, 9, 0, tzinfo=UTC), "2026-03-08", datetime(2026, 3, 9, 7, tzinfo=UTC)),
        (datetime(2026, 11, 1, 8, 0, tzinfo=UTC), "2026-11-01", datetime(2026, 11, 2, 8, tzinfo=UTC)),
    ],
)
def test_a_quota_day_is_a_day_in_california(now: datetime, day: str, opens: datetime) -> None:
    quota = Quota({"day": day, "units": 7}, 10, now)
    assert (quota.spent, quota.opens()) == (7, opens)
    assert Quota({"day": day, "units": 7}, 10, opens).spent == 0
    quota.take(3)
    with pytest.raises(BudgetSpent, match=r"limits\.quota = 10"):
        quota.take()
    assert quota.dump() == {"day": day, "units": 10}


def test_money_counts_a_post_once_a_day_and_a_month_ends() -> None:
    money = Money(None, 0.10, 1.0, NOW)
    money.count(["1", "2", "2"])
    money.count(["2", "3"])
    assert (money.run, money.month) == (15, 15)
    assert money.afford(10, 100) == 17
    same_day = Money(money.dump(), 0.10, 1.0, NOW + timedelta(hours=3))
    same_day.count(["1", "2", "3"])
    assert (same_day.run, same_day.month) == (0, 15)
    next_day = Money(money.dump(), 0.10, 1.0, NOW + timedelta(days=1))
    next_day.count(["1"])
    assert (next_day.run, next_day.month) == (5, 20)
    assert Money(money.dump(), 0.10, 1.0, NOW + timedelta(days=9)).month == 0
    assert money.opens() == NOW
    spent = Money({**money.dump(), "mills": 1000}, 0.10, 1.0, NOW)
    assert spent.opens() == datetime(2026, 12, 1, tzinfo=UTC)
    with pytest.raises(BudgetSpent, match=r"limits\.money_month = 1"):
        spent.afford(1, 1)


def test_ids_hold_their_time() -> None:
    assert moment_of(first_id_at(NOW)) == NOW
    assert int(first_id_at(NOW + timedelta(milliseconds=1))) - int(first_id_at(NOW)) == 1 << 22


# Redaction


def test_keys_go_in_every_spelling() -> None:
    redactor = Redactor()
    redactor.add(KEY)
    said = (
        json.dumps({"a": KEY})
        + json.dumps(KEY).replace("/", "\\/")
        + "?k="
        + KEY.replace("/", "%2F").replace("+", "%2B")
    )
    response = TextResponse("https://a.example/?k=kQ7-zX0_secret%2Fkey%2B1", body=said.encode(), headers={"X-K": KEY})
    clean = redactor.response(response)
    for text in (clean.url, clean.text, str(clean.headers["X-K"])):
        assert "secret" not in text
        assert "[key]" in text


def test_hashtags_stand_alone() -> None:
    assert hashtags_in("#boat,#граница (#هجرة) x#no &#8217; #1 a/b#c #boat") == ("boat", "граница", "هجرة")


# Wordings


def worded(read: Read | None) -> Post:
    assert read is not None
    assert read.post is not None
    return read.post


def test_what_stands_between_signs_in_a_comment_are_its_words() -> None:
    said = "Call me\nif 3 <b and c> 2 &amp; so on\n\n<write to me>"
    comment = {"id": "Ug1", "snippet": {"textOriginal": said, "publishedAt": "2026-11-20T10:00:00Z"}}
    assert worded(spider_of("youtube").read_item(comment, NOW)).text == said


def test_links_at_x_are_written_out() -> None:
    short, long = "https://t.co/aaaaaaaaaa", "https://wa.me/447700900123?text=hi&copy=1"
    picture = {
        "url": "https://t.co/bbbbbbbbbb",
        "expanded_url": "https://x.com/ana/status/7/photo/1",
        "media_key": "3_1",
    }
    links = {"urls": [{"url": short, "expanded_url": long}, picture, {"start": 3}]}
    made = {"id": "7", "text": f"A &amp; B {short} {picture['url']}", "created_at": "2026-11-20T10:00:00Z"}
    assert worded(spider_of("x").read_item({**made, "entities": links}, NOW)).text == f"A & B {long} {picture['url']}"
    note = {"text": f"Long {short}", "entities": links}
    assert worded(spider_of("x").read_item({**made, "note_tweet": note}, NOW)).text == f"Long {long}"


@pytest.mark.parametrize(
    ("link", "written"),
    [
        ("https://t.me/sample_contact", "Words\n\nhttps://t.me/sample_contact"),
        ("https://i.redd.it/a.jpg", "Words"),
        ("https://www.reddit.com/gallery/a", "Words"),
        ("/r/other/comments/a", "Words"),
        (None, "Words"),
    ],
)
def test_a_submission_is_about_its_link(link: str | None, written: str) -> None:
    data = {"name": "t3_a", "created_utc": NOW.timestamp(), "title": "T", "selftext": "Words"}
    made = {"kind": "t3", "data": {**data, "url_overridden_by_dest": link}}
    assert worded(spider_of("reddit").read_item(made, NOW)).text == written


def test_a_name_in_markdown_is_read_whole() -> None:
    data = {
        "name": "t1_a",
        "created_utc": NOW.timestamp(),
        "body": "Write to **@some\\_name\\_99** [here](https://t.me/a_b_)",
    }
    post = worded(spider_of("reddit").read_item({"kind": "t1", "data": data}, NOW))
    assert post.text == "Write to @some_name_99 here (https://t.me/a_b_)"


@pytest.mark.parametrize(
    ("link", "written"),
    [
        ("https://t.me/sample_contact", "A card\nhttps://t.me/sample_contact"),
        ("https://m.vk.com/wall-1_2", "A card"),
        (7, "A card"),
    ],
)
def test_a_link_card_at_vk_says_where_it_leads(link: object, written: str) -> None:
    card = {"type": "link", "link": {"url": link, "title": "A card"}}
    made = {"id": 1, "owner_id": -7, "date": int(NOW.timestamp()) - 9, "text": "Words", "attachments": [card]}
    assert worded(spider_of("vk").read_item(made, NOW)).media_text == written


# Any JSON


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


def spider_of(kind: str, cursor: dict[str, Any] | None = None) -> KeyedSpider:
    source = Source.model_validate(entry(kind))
    task = Task(
        source=source, mode="poll", url=source.url, user_agent="test", version="0", started=NOW, cursor=cursor or {}
    )
    spider = spider_for(source.kind)(task=task, tally=Tally(), store=MemoryStore())
    assert isinstance(spider, KeyedSpider)
    spider.keys = (KEY, KEY)
    return spider


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


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, part in inner for found in places(part, (*path, key)))]


def put(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    """The value with something else at a place."""
    if not path:
        return other
    changed: Any = dict(value) if isinstance(value, dict) else list(value)
    changed[path[0]] = put(value[path[0]], path[1:], other)
    return changed


@pytest.mark.parametrize("peer", [YouTube, Vk, X, Reddit], ids=lambda kind: kind.kind)
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


def test_a_lost_place_brings_no_money_back() -> None:
    spent = {"month": f"{NOW:%Y-%m}", "mills": 8995, "day": f"{NOW:%Y-%m-%d}", "ids": ["7"]}
    spider = spider_of("x", {"covered_to": "0001-01-01T00:00:00", "spent": spent})
    assert spider.tally.counts["cursor_reset"] == 1
    assert spider.budget is not None
    assert spider.budget.dump() == spent
