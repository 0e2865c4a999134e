"""What becomes of Bluesky's answers, page by page and poll by poll: in process, against appview.py and answers of any shape."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import Source
from crawlers.errors import RateLimited, Unreachable
from crawlers.platforms.bluesky.posts import full_text, make_post
from crawlers.platforms.bluesky.views import Record, View, read_answer, read_item
from crawlers.tally import Tally
from crawlers.task import RecheckOf
from records import Landing
from tests.crawlers.appview import ANA, BEN, FEED, POSTS, SEARCH, AppView, hours, stamp, uri_of, view
from tests.crawlers.conftest import make_source
from tests.crawlers.stand_in import Run, Say, read

BASE = "https://api.example"
NOW = datetime.now(UTC).replace(microsecond=0)
MINUTE = timedelta(minutes=1)


def source(**fields: Any) -> Source:
    what = {} if "query" in fields else {"account": "ana.example"}
    return make_source(BASE, kind="bluesky", author_kind="person", **what, **fields)


def poll(entry: Source, network: AppView, before: Run | None = None, started: datetime = NOW, **more: Any) -> Run:
    return read(entry, network.answers(BASE), before=before, started=started, **more)


def a_post(**more: Any) -> Any:
    found = View.model_validate(view(1, NOW, **more))
    return make_post(found, source(), NOW, Tally())


# One post


def link(start: int, end: int, uri: str) -> dict[str, Any]:
    return {
        "index": {"byteStart": start, "byteEnd": end},
        "features": [{"$type": "app.bsky.richtext.facet#link", "uri": uri}],
    }


def tag(name: str) -> dict[str, Any]:
    return {
        "index": {"byteStart": 0, "byteEnd": 1},
        "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": name}],
    }


def test_a_post_says_all_that_its_record_says() -> None:
    record: dict[str, Any] = {
        "text": "Tekne bu gece 🚤 bilgi: t.me/exam… ve buraya",
        "langs": ["tr-TR"],
        "tags": ["umut", "boza"],
        "facets": [
            tag("boza"),
            link(31, 42, "https://t.me/example_channel"),
            link(46, 52, "https://example.org/x"),
            {
                "index": {"byteStart": 0, "byteEnd": 5},
                "features": [{"$type": "app.bsky.richtext.facet#mention", "did": BEN}],
            },
        ],
        "reply": {"root": {"uri": uri_of(7), "cid": "r"}, "parent": {"uri": uri_of(8), "cid": "p"}},
        "embed": {
            "$type": "app.bsky.embed.recordWithMedia",
            "record": {"record": {"uri": uri_of(9, BEN), "cid": "q"}},
            "media": {
                "images": [{"alt": "Bir  tekne", "image": {}}, {"alt": ""}],
                "external": {"uri": "https://example.org/y", "title": "A title", "description": "Words"},
            },
        },
    }
    shown = view(1, NOW, record=record, created=NOW - hours(9))
    body = record["text"].encode()
    start, here = body.index(b"t.me"), body.index(b"buraya")
    shown["record"]["facets"][1]["index"] = {"byteStart": start, "byteEnd": start + len("t.me/exam…".encode())}
    shown["record"]["facets"][2]["index"] = {"byteStart": here, "byteEnd": here + 6}
    found = View.model_validate(shown)
    post = make_post(found, source(), NOW, Tally())
    assert post.text == ("Tekne bu gece 🚤 bilgi: https://t.me/example_channel ve buraya (https://example.org/x)")
    assert post.hashtags == ("boza", "umut")
    assert post.media_text == "Bir tekne\nA title\nWords\nhttps://example.org/y"
    assert (post.lang_hint, post.author) == ("tr", ANA)
    assert post.engagement == {"replies": 1, "reposts": 2, "likes": 3, "quotes": 4}
    assert post.published_at is not None
    assert abs(post.published_at - NOW) < timedelta(seconds=1), "createdAt is whatever the writer's program says"
    assert post.url == f"https://bsky.app/profile/{ANA}/post/3k000001"
    assert (found.reply_to, found.quotes, found.mentions) == (uri_of(8), uri_of(9, BEN), (BEN,))


def test_text_is_plain_and_no_markup() -> None:
    assert a_post(text="a <b>c</b> &amp; d").text == "a <b>c</b> &amp; d"
    assert a_post(record={"langs": ["tr", "de"]}).lang_hint is None
    card = {"external": {"uri": "https://e.example", "title": "Two <b>", "description": ""}}
    assert a_post(record={"embed": card}).media_text == "Two <b>\nhttps://e.example"


@pytest.mark.parametrize(("start", "end"), [(0, 99), (-1, 3), (3, 3), (2, 1), (1, 2), (1, 4)])
def test_offsets_that_do_not_fit_leave_the_text_alone(start: int, end: int) -> None:
    record = Record.model_validate({"text": "é🚤 x", "facets": [link(start, end, "https://e.example")]})
    assert full_text(record) == "é🚤 x"


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({"author": {"labels": [{"val": "!no-unauthenticated", "src": ANA}]}}, "no_unauthenticated"),
        ({"author": {"labels": [{"val": "!no-unauthenticated", "src": ANA, "neg": True}]}}, None),
        ({"labels": [{"val": "!hide", "src": BEN}]}, "hidden"),
        ({"labels": [{"val": "graphic-media", "src": BEN}]}, None),
        ({"record": {"labels": {"values": [{"val": "!no-unauthenticated"}]}}}, "no_unauthenticated"),
        ({"record": {"labels": {"values": [{"val": "noai"}]}}}, "noindex"),
    ],
)
def test_labels_of_author_post_and_record_are_heeded(over: dict[str, Any], reason: str | None) -> None:
    run = poll(source(), AppView(view(1, NOW, **over)))
    assert run.tally.not_landed == ({reason: 1} if reason else {})
    assert len(run.removed) == (1 if reason else 0)
    assert run.adds_up()
    if reason == "no_unauthenticated":
        assert "signed-in" in run.spider.message


def test_reposts_are_counted_and_posts_of_others_are_not_kept() -> None:
    network = AppView(view(1, NOW, embed={"$type": "app.bsky.embed.record#view", "record": {"value": "words of Ben"}}))
    reason = {"$type": "app.bsky.feed.defs#reasonRepost", "indexedAt": stamp(NOW), "by": {"did": ANA}}
    network.reposts = [{"post": view(2, NOW - hours(90), did=BEN), "reason": reason}]
    run = poll(source(), network)
    assert (run.tally.not_landed, len(run.posts)) == ({"repost": 1}, 1)
    (landing,) = (item for item in run.items if isinstance(item, Landing))
    assert b"words of Ben" not in landing.raw.body
    assert landing.capture.body == b""
    assert landing.lookup == uri_of(1)


# Any shape

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from([stamp(NOW), "0001-01-01T00:00:00+14:00", "\ud800", uri_of(1), "at://x/y/z", "tr", "bafy"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["uri", "val", "$type", "record", "images", "alt", "values"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
OF_VIEW = sorted({*view(1, NOW), "embed"})
OF_RECORD = ["text", "createdAt", "langs", "tags", "facets", "reply", "embed", "labels"]
OFFSETS = st.integers(-2, 12)
FACETS = st.lists(st.builds(link, OFFSETS, OFFSETS, st.text(st.characters(), max_size=6)), max_size=3)
CHANGED = st.tuples(
    st.dictionaries(st.sampled_from(OF_VIEW), ANYTHING, max_size=2),
    st.dictionaries(st.sampled_from(OF_RECORD), ANYTHING, max_size=3),
    FACETS,
    st.text(st.characters(), max_size=8),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(ANYTHING, CHANGED), max_size=3), ANYTHING)
def test_any_json_lands_is_rejected_or_is_counted(changes: list[Any], cursor: Any) -> None:
    items = []
    for number, change in enumerate(changes):
        if isinstance(change, tuple):
            outer, inner, facets, text = change
            made = view(number, NOW, record={"text": text, "facets": facets, **inner})
            items.append({"post": {**made, **outer}})
        else:
            items.append(change)
    body = json.dumps({"feed": items, "posts": items, "cursor": cursor})
    network = AppView()
    for method in (FEED, POSTS):
        network.fail(method, 200, body)
    wanted = (RecheckOf(post_id="a" * 32, lookup=uri_of(0)), RecheckOf(post_id="b" * 32, lookup="nowhere"))
    run = poll(source(limits={"pages": 3}), network, rechecks=wanted)
    assert run.tally.fault is None, run.tally.fault
    assert run.adds_up()
    assert run.rechecked.get("b" * 32) in (None, "unknown")
    again = poll(source(limits={"pages": 3}), network, before=run, started=NOW + hours(2))
    assert again.tally.fault is None
    assert again.adds_up()


@pytest.mark.parametrize("cursor", ["\ud800", "a\nb", "x" * 3000, 7, None, ""])
def test_a_cursor_that_no_address_can_hold_is_the_end(cursor: object) -> None:
    assert read_answer(json.dumps({"feed": [], "cursor": cursor}).encode(), "feed") == ([], None)


@given(st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
def test_any_body_is_an_answer_or_none(body: bytes) -> None:
    assert read_answer(body, "feed") is None or json.loads(body)["feed"] is not None


@given(ANYTHING)
def test_any_item_is_read_or_refused(item: Any) -> None:
    assert read_item(item, NOW) is None


@pytest.mark.parametrize("body", ["<html>", "[]", "{}", '{"feed": {}}', "[" * 100_000])
def test_another_answer_fails_the_poll(body: str) -> None:
    network = AppView()
    network.fail(FEED, 200, body)
    run = poll(source(), network)
    assert (run.outcome, run.window) == ("failed", (None, None))


@pytest.mark.parametrize(
    "cursor",
    [
        {"covered_to": 5},
        {"covered_to": "soon"},
        {"left": [1]},
        {"left": {"cursor": None, "until": "then", "floor": stamp(NOW), "reach": None}},
        {"left": {"floor": "x"}},
        {"of": "another source's", "covered_to": stamp(NOW - hours(90))},
    ],
)
def test_a_cursor_of_another_shape_or_source_counts_for_nothing(cursor: dict[str, Any]) -> None:
    run = poll(source(), AppView(view(1, NOW), view(2, NOW - hours(50))), cursor=cursor)
    assert (run.outcome, len(run.posts), run.tally.fault) == ("ok", 2, None)
    assert run.window[0] is not None
    assert run.window[0] >= NOW - hours(1), "what another poll covered is not joined"


# Pages


def many(number: int, step: timedelta = MINUTE, start: datetime = NOW) -> AppView:
    return AppView(*(view(n, start - step * n) for n in range(number)))


@pytest.mark.parametrize("fields", [{}, {"query": "Post"}])
def test_a_page_cap_leaves_the_rest_to_the_next_polls(fields: dict[str, Any]) -> None:
    network = many(10)
    small = source(limits={"pages": 3}, overlap="30m", **fields)
    first = poll(small, network, started=NOW)
    later = NOW + hours(24)
    network.add(*(view(1000 + n, later - MINUTE * n) for n in range(900)))
    run = poll(small, network, first, later)
    assert (len(run.posts), run.tally.counts["limit_pages"]) == (300, 1)
    assert run.window == (later - MINUTE * 298, later), "only what was read"
    found = {post.native_id for post in run.posts}
    for poll_number in range(1, 8):
        moment = later + timedelta(seconds=10 * poll_number)
        run = poll(small, network, run, moment)
        assert run.outcome == "ok"
        found |= {post.native_id for post in run.posts}
    assert len(found - {uri_of(n) for n in range(10)}) == 900, "none is lost"
    assert run.spider.cursor["left"] is None
    last = poll(small, network, run, later + hours(1))
    assert last.window[0] == later + timedelta(seconds=70)


@pytest.mark.parametrize("fields", [{}, {"query": "Post"}])
def test_what_two_capped_polls_leave_is_all_read_later(fields: dict[str, Any]) -> None:
    begin = NOW - hours(48)
    network = many(10, start=begin)
    small = source(limits={"pages": 3}, overlap="30m", **fields)
    run, found = poll(small, network, started=begin), set[str]()
    for day in (1, 2):
        moment = begin + hours(24 * day)
        network.add(*(view(1000 * day + n, moment - MINUTE * n) for n in range(700)))
        run = poll(small, network, run, moment)
        assert run.tally.counts["limit_pages"] == 1
        found |= {post.native_id for post in run.posts}
    for number in range(1, 9):
        run = poll(small, network, run, NOW + timedelta(seconds=number))
        found |= {post.native_id for post in run.posts}
    assert len(found - {uri_of(n) for n in range(10)}) == 1400
    assert run.spider.cursor["left"] is None


def test_a_rest_that_the_overlap_has_read_in_part_is_read_from_there() -> None:
    network, later = many(10, start=NOW - hours(24)), NOW
    first = poll(source(overlap="30m", query="Post"), network, started=NOW - hours(24))
    network.add(*(view(1000 + n, later - MINUTE * n) for n in range(900)))
    capped = poll(source(limits={"pages": 3}, overlap="30m", query="Post"), network, first, later)
    rest = poll(source(query="Post"), network, capped, later + MINUTE)
    found = {post.native_id for run in (capped, rest) for post in run.posts}
    assert len(found - {uri_of(n) for n in range(10)}) == 900


@pytest.mark.parametrize("fields", [{}, {"query": "Post"}])
def test_an_overlap_that_takes_all_that_a_cap_allows_does_not_hold_up_the_rest(fields: dict[str, Any]) -> None:
    network = many(700, timedelta(seconds=30))
    small = source(limits={"pages": 3}, **fields)
    run = poll(small, network)
    found = {post.native_id for post in run.posts}
    for number in range(1, 8):
        run = poll(small, network, run, NOW + MINUTE * 15 * number)
        found |= {post.native_id for post in run.posts}
    assert found == set(network.posts)


def test_a_late_post_in_an_overlap_that_was_put_off_is_found_afterwards() -> None:
    network = many(10, start=NOW - hours(24))
    small = source(limits={"pages": 3}, overlap="20m")
    run = poll(small, network, started=NOW - hours(24))
    network.add(*(view(1000 + n, NOW - timedelta(seconds=5 * n)) for n in range(900)))
    run, found = poll(small, network, run, NOW), set[str]()
    network.add(view(9000, NOW + MINUTE * 5, created=NOW - MINUTE * 12))
    for number in (5, 10, 15, 30, 45):
        run = poll(small, network, run, NOW + MINUTE * number)
        found |= {post.native_id for post in run.posts}
    assert run.spider.cursor["left"] is None
    assert uri_of(9000) in found


def test_an_unchanged_page_says_enough_for_some_hours() -> None:
    network = many(60)
    page = network.reply(f"{FEED}?actor=ana.example&limit=100")
    network.faults[FEED] = lambda _: (200, {**page[1], "ETag": '"one"'}, page[2])
    first = poll(source(), network)
    assert (first.outcome, len(first.posts)) == ("ok", 60)
    network.fail(FEED, 304)
    due = wanted(uri_of(3), uri_of(900))
    second = poll(source(), network, first, NOW + hours(1), rechecks=due)
    assert (second.outcome, second.window) == ("not_modified", (NOW, NOW + hours(1)))
    assert list(second.rechecked.values()) == ["present", "deleted"], "a post of the page proves that the server looks"
    assert poll(source(), network, first, NOW + hours(7)).outcome == "failed", "then the page is asked for whole"


def test_pages_that_are_not_read_whole_are_asked_for_anew() -> None:
    network = many(160)
    assert poll(source(), network).spider.cursor["enough"] is None, "two pages"
    assert poll(source(limits={"pages": 1}), network).spider.cursor["enough"] is None, "capped"


def test_a_search_goes_on_by_time_where_its_count_ends() -> None:
    network = many(1000, timedelta(seconds=1))
    network.deep = 300
    run = poll(source(query="Post"), network)
    assert len(run.posts) == 1000
    assert run.outcome == "ok"
    assert any("until" in asked for _, asked in network.asked)
    assert run.tally.counts["list_cut"] == 0


def test_a_search_that_does_not_know_until_claims_no_more_than_it_read() -> None:
    network = many(1000, timedelta(seconds=1))
    network.deep, network.knows_until = 300, False
    run = poll(source(query="Post"), network)
    assert (len(run.posts), run.tally.counts["list_cut"]) == (300, 1)
    assert run.window[0] is not None
    assert run.window[0] >= NOW - timedelta(seconds=299), "no more than was read"
    again = poll(source(query="Post"), network, run, NOW + hours(1))
    assert again.window[0] is not None
    assert again.window[0] >= NOW - timedelta(seconds=299)


def test_posts_of_one_moment_are_all_found_where_the_count_ends() -> None:
    network = AppView(*(view(n, NOW - MINUTE * (n // 60)) for n in range(400)))
    network.deep = 200
    assert len(poll(source(query="Post"), network).posts) == 400


def test_a_server_that_keeps_later_pages_for_members_is_taken_at_its_word() -> None:
    network = many(250)
    network.fail(SEARCH, 403, "<html>", when="cursor")
    first = poll(source(query="Post"), network)
    assert (first.outcome, len(first.posts)) == ("ok", 100)
    assert first.window == (NOW - MINUTE * 98, NOW)
    assert "without an account" in first.spider.message
    assert [asked.get("cursor") for _, asked in network.asked] == [None, "100"], "not by another way"
    later = NOW + hours(12)
    network.add(*(view(1000 + n, later - MINUTE * n) for n in range(300)))
    second = poll(source(query="Post"), network, first, later)
    assert second.window[0] is not None
    assert second.window[0] > later - MINUTE * 100, "the gap shows"


@pytest.mark.parametrize("fault", [Unreachable("no answer"), RateLimited("api.example", NOW + hours(2))])
def test_a_poll_that_breaks_off_is_read_again_whole(fault: Exception) -> None:
    network = many(250)
    answers: dict[str, Any] = dict(network.answers(BASE))
    whole = answers[BASE + FEED]

    def breaks(address: str) -> Say:
        return fault if "cursor" in address else whole(address)

    first = read(source(), {**answers, BASE + FEED: breaks}, started=NOW)
    assert not first.spider.outcome.is_success
    assert (len(first.posts), first.window) == (100, (None, None))
    assert "covered_to" not in first.spider.cursor
    assert len(poll(source(), network, first).posts) == 250


def test_the_same_page_for_every_cursor_ends() -> None:
    for fields, method, name in (({}, FEED, "feed"), ({"query": "Post"}, SEARCH, "posts")):
        network = AppView()
        items = [view(n, NOW - MINUTE * n) for n in range(100)]
        network.fail(method, 200, json.dumps({name: items, "cursor": "again"}))
        run = poll(source(**fields), network)
        assert (len(run.posts), run.tally.counts["list_cut"]) == (100, 1), name
        assert len(network.asked) < 5


def test_a_post_with_a_date_of_its_own_ends_no_reading() -> None:
    network = many(250)
    network.posts[uri_of(50)]["record"]["createdAt"] = stamp(NOW - hours(50_000))
    network.posts[uri_of(60)]["record"]["createdAt"] = "whenever"
    network.posts[uri_of(70)]["record"]["createdAt"] = "2999-01-01T00:00:00Z"
    run = poll(source(overlap="200m"), network)
    assert run.outcome == "ok"
    assert len(run.posts) >= 248


def test_an_account_that_is_not_there_is_gone_and_can_come_back() -> None:
    run = poll(source().model_copy(update={"account": "nobody.example"}), many(3))
    assert (run.outcome, run.spider.retired) == ("gone", False)
    network = many(3)
    network.fail(FEED, 400, '{"error": "InvalidRequest", "message": "actor must be valid"}')
    assert poll(source(), network).outcome == "failed"


def test_an_empty_list_covers_no_time() -> None:
    run = poll(source(), AppView())
    assert (run.outcome, run.window) == ("empty", (None, None))
    low = poll(source(expect={"min_posts": 3}), many(2))
    assert low.outcome == "failed"
    high = poll(source(expect={"max_posts": 1}), many(2))
    assert (high.outcome, high.tally.counts["above_max_posts"]) == ("ok", 1)


# Rechecks


def wanted(*uris: str) -> tuple[RecheckOf, ...]:
    return tuple(RecheckOf(post_id=f"{number:032x}", lookup=uri) for number, uri in enumerate(uris))


def test_missing_is_believed_only_beside_what_is_known_to_be_there() -> None:
    gone = wanted(uri_of(500))
    assert list(poll(source(), many(3), rechecks=gone).rechecked.values()) == ["deleted"], "a page has shown another"
    blind = many(3)
    blind.fail(POSTS, 200, '{"posts": []}')
    run = poll(source(), blind, rechecks=gone)
    assert (list(run.rechecked.values()), run.tally.counts["removal_doubted"]) == (["unknown"], 1)


def test_an_unreachable_lookup_leaves_all_unclear_and_a_limit_puts_them_off() -> None:
    answers = dict(many(3).answers(BASE))
    due = wanted(*(uri_of(n) for n in range(3)))
    away = read(source(), {**answers, BASE + POSTS: Unreachable("no")}, started=NOW, rechecks=due)
    assert (set(away.rechecked.values()), away.outcome) == ({"unknown"}, "ok")
    limited = RateLimited("api.example", NOW + hours(1))
    put_off = read(source(), {**answers, BASE + POSTS: limited}, started=NOW, rechecks=due)
    assert (put_off.rechecked, put_off.tally.counts["rechecks_put_off"]) == ({}, 1)


# The register


@pytest.mark.parametrize("fields", [{}, {"account": "a.example", "query": "x"}, {"account": "not a name"}])
def test_an_entry_names_an_account_or_a_query(fields: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="account"):
        make_source(BASE, kind="bluesky", **fields)
