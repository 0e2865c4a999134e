"""Caps, gaps, windows, rechecks and answers of any shape; the answers are given, see stand_in.py and lemmy_server.py."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from config import Source
from crawlers.platforms.lemmy.posts import split_url
from crawlers.platforms.shared.wordings import hashtags_in, plain_markdown
from crawlers.task import RecheckOf
from records import Landing, make_post_id
from tests.crawlers.conftest import make_source
from tests.crawlers.lemmy_server import HOME, Lemmy
from tests.crawlers.stand_in import NOW, Answer, Run, read

BASE = f"https://{HOME}"
VERSIONS = pytest.mark.parametrize("version", [3, 4])


def source(**fields: Any) -> Source:
    return make_source(BASE, kind="lemmy", author_kind="person", **fields)


def filled(count: int, version: int = 3, **fields: Any) -> Lemmy:
    server = Lemmy(version, **fields)
    for number in range(1, count + 1):
        server.post(number, timedelta(minutes=5), NOW)
        server.comment(number, timedelta(minutes=5), NOW)
    return server


def names(run: Run) -> set[str]:
    return {post.native_id.removeprefix(f"{BASE}/") for post in run.posts}


# Identity


@VERSIONS
def test_the_same_post_over_mastodon_is_the_same_post_of_the_same_author(version: int) -> None:
    """Erasing the post or its author reaches both."""
    found = read(source(), filled(1, version).answers(BASE)).posts[0]
    status = {
        "id": "9",
        "uri": f"{BASE}/post/1",
        "created_at": NOW.isoformat(),
        "content": "<p>Post 1</p>",
        "account": {"acct": f"ana@{HOME}"},
    }
    elsewhere = "https://m.example"
    timeline = {
        f"{elsewhere}/api/v2/instance": Answer('{"domain": "m.example"}'),
        f"{elsewhere}/api/v1/timelines/public": Answer(json.dumps([status])),
    }
    other = read(make_source(elsewhere, kind="mastodon"), timeline).posts[0]
    assert (found.post_id, found.author) == (other.post_id, other.author)


# Paging


@VERSIONS
def test_a_page_cap_leaves_gaps_that_later_polls_fill(version: int) -> None:
    """New items come and some go while the gap is filled: numbered pages shift both ways."""
    server = filled(2, version)
    capped = source(limits={"pages": 8}, overlap="1m")
    run = read(capped, server.answers(BASE))
    for number in range(3, 600):
        server.post(number, timedelta(seconds=600 - number), NOW + timedelta(minutes=10))
        server.comment(number, timedelta(seconds=600 - number), NOW + timedelta(minutes=10))
    landed, polls, started = names(run), 0, NOW + timedelta(minutes=10)
    wanted = {f"{kind}/{number}" for kind in ("post", "comment") for number in range(1, 600)}
    while not wanted <= landed:
        polls += 1
        assert polls < 12, "each poll brings at least one page more"
        started += timedelta(minutes=5)
        for number in range(1000 + polls * 10, 1005 + polls * 10):
            server.post(number, timedelta(seconds=1), started)
            server.comment(number, timedelta(seconds=1), started)
        for number in range(600 - polls * 20, 610 - polls * 20):
            if f"comment/{number}" in landed:
                server.items["comment"].pop(number, None)
        run = read(capped, server.answers(BASE), before=run, started=started)
        assert run.outcome == "ok"
        assert run.adds_up()
        landed |= names(run)
    assert polls >= 3


def test_the_window_is_what_both_lists_cover() -> None:
    server = Lemmy()
    for minutes in range(1, 200):
        server.post(minutes, timedelta(minutes=minutes), NOW)
    for minutes in range(1, 200):
        server.comment(minutes, timedelta(minutes=2 * minutes), NOW)
    run = read(source(limits={"pages": 2}), server.answers(BASE))
    assert run.window == (NOW - timedelta(minutes=49), NOW), "50 posts reach back 50 minutes, 50 comments 100"
    assert read(source(limits={"pages": 1}), Lemmy().answers(BASE)).window == (None, None)


def test_a_pinned_post_and_one_from_the_future_move_no_mark() -> None:
    server = filled(60)
    server.post(900, timedelta(days=400), NOW, featured_local=True)
    server.post(901, timedelta(hours=-20), NOW)
    run = read(source(), server.answers(BASE))
    assert len(run.posts) == 122
    later = NOW + timedelta(hours=12)
    for number in range(1000, 1120):
        server.post(number, timedelta(hours=7), later)
    run = read(source(), server.answers(BASE), before=run, started=later)
    assert {f"post/{number}" for number in range(1000, 1120)} <= names(run)


def test_a_gap_behind_a_cursor_that_is_gone_is_given_up() -> None:
    server = filled(60)
    run = read(source(overlap="0s"), server.answers(BASE))
    for cursor in ("Pfff", ""):
        run.spider.cursor["post"]["gap"] = {"next": cursor or "x", "until": 1, "tries": 2}
        run = read(source(overlap="0s"), server.answers(BASE), before=run)
        assert (run.outcome, run.tally.counts["gap_given_up"]) == ("ok", 1)


def test_a_server_that_moves_to_version_4_is_read_on() -> None:
    server = filled(60)
    run = read(source(), server.answers(BASE))
    server.version = 4
    failed = read(source(), server.answers(BASE), before=run, started=NOW + timedelta(hours=1))
    assert failed.outcome == "failed"
    after = read(source(), server.answers(BASE), before=failed, started=NOW + timedelta(hours=2))
    assert (after.outcome, len(after.posts)) == ("ok", 120)


def test_a_cursor_of_another_server_or_shape_counts_for_nothing() -> None:
    server = filled(3)
    other = {"server": "other.example", "post": {"mark": 10**17, "covered_to": None, "gap": None}}
    assert len(read(source(), server.answers(BASE), cursor=other).posts) == 6
    shapes: list[dict[str, Any]] = [
        {"post": "x"},
        {"comment": {"mark": []}},
        {"site": {"at": 1}},
        {"site": "x"},
        {"post": {"gap": [1]}},
    ]
    for odd in shapes:
        run = read(source(), server.answers(BASE), cursor=odd)
        assert (run.outcome, len(run.posts), run.tally.counts["cursor_reset"]) == ("ok", 6, 1)


# Rechecks


def recheck(server: Lemmy, kind: str, number: int, lookup: str = "") -> Run:
    post_id = make_post_id("fediverse", f"{BASE}/{kind}/{number}")
    wanted = (RecheckOf(post_id=post_id, lookup=lookup or f"{HOME}/{kind}/{number}"),)
    return read(source(), server.answers(BASE), rechecks=wanted)


@VERSIONS
@pytest.mark.parametrize("kind", ["post", "comment"])
@pytest.mark.parametrize("not_found", [404, 400])
def test_what_is_gone_is_deleted_and_what_is_there_lands_as_it_reads_now(
    version: int, kind: str, not_found: int
) -> None:
    server = filled(5, version, shows_gone=False, not_found=not_found)
    assert list(recheck(server, kind, 9).rechecked.values()) == ["deleted"]
    server.edit(kind, 3, "Other words.")
    run = recheck(server, kind, 3)
    assert list(run.rechecked.values()) == ["present"]
    assert run.posts[-1].text == "Other words."
    assert run.adds_up()
    for flag in ("deleted", "removed"):
        server.items[kind][3 if flag == "deleted" else 4][flag] = True
    for number in (3, 4):
        assert list(recheck(server, kind, number).rechecked.values()) == ["deleted"]


@VERSIONS
def test_what_is_kept_of_a_comment_holds_no_word_of_the_post_that_it_answers(version: int) -> None:
    server = filled(3, version)
    run = recheck(server, "comment", 3)
    landed = [item for item in run.items if isinstance(item, Landing) and "/comment/" in str(item.lookup)]
    assert len(landed) == 4, "three from the list, one from the lookup"
    for item in landed:
        assert b"Words of post" not in item.raw.body
        assert b"Words of comment" in item.raw.body
        assert f"{BASE}/post/1".encode() in item.raw.body, "what it answers is named"
        assert item.capture.body == b"", "the answer holds the post as well"


@VERSIONS
def test_an_emptied_comment_is_removed_at_its_recheck(version: int) -> None:
    """A list does not tell whether the words that landed came from this server."""
    server = filled(3, version)
    server.edit("comment", 3, "![](https://p.example/a.png)")
    run = recheck(server, "comment", 3)
    assert (list(run.rechecked.values()), run.removed) == (["deleted"], [])
    assert run.tally.not_landed == {"no_text": 1}


@pytest.mark.parametrize("status", [200, 400, 401, 403, 451, 500])
def test_only_not_found_and_flags_are_deletions(status: int) -> None:
    server = filled(5)
    server.over["/api/v3/post"] = lambda address: (status, {}, b'{"error": "unknown"}') if "id=3" in address else None
    assert list(recheck(server, "post", 3).rechecked.values()) == ["unknown"]


def test_not_found_is_not_believed_of_a_server_that_finds_nothing() -> None:
    server = filled(5)
    server.over["/api/v3/post"] = lambda _: (404, {}, b'{"error": "not_found"}')
    run = recheck(server, "post", 9)
    assert list(run.rechecked.values()) == ["unknown"]
    assert run.tally.counts["removal_doubted"] == 1


def test_what_another_server_knows_by_that_number_is_another_post() -> None:
    server = filled(5)
    asked = len(read(source(), server.answers(BASE)).asked)
    for lookup in ("other.example/post/3", f"{HOME}/user/3", f"{HOME}/post/x", "3", f"{HOME}/post/³"):
        run = recheck(server, "post", 3, lookup)
        assert (list(run.rechecked.values()), len(run.asked)) == (["unknown"], asked)
    server.items["post"][3]["ap_id"] = f"{BASE}/post/77"
    assert list(recheck(server, "post", 3).rechecked.values()) == ["unknown"]


# Shapes

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(
        ["0001-01-01T00:00:00+14:00", "2026-11-01", "\ud800", "https://x/y", "http://[", "![](", "Private"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "name"]), inner, max_size=3),
    max_leaves=6,
)
FIELDS = sorted({*filled(1).items["post"][1], *filled(1).items["comment"][1], "url", "alt_text", "published_at"})
CHANGES = st.lists(st.one_of(ANYTHING, st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=4)), max_size=4)
VIEWS = st.dictionaries(st.sampled_from(["creator", "community", "counts", "post", "comment"]), ANYTHING, max_size=2)


@settings(max_examples=100, deadline=None)
@given(CHANGES, VIEWS, st.sampled_from([3, 4]))
@example(["\ud800"], {}, 3)
def test_any_json_lands_is_rejected_or_is_counted(changes: list[Any], views: dict[str, Any], version: int) -> None:
    server = filled(4, version)
    for kind in ("post", "comment"):
        odd = []
        for number, change in enumerate(changes, 1):
            view = server.view(kind, server.items[kind][number])
            odd.append({**view, kind: {**view[kind], **change}, **views} if isinstance(change, dict) else change)
        found = json.dumps({f"{kind}s": odd, "items": odd, "next_page": odd[0] if odd else 7}).encode()
        single = json.dumps({f"{kind}_view": odd[0] if odd else None}).encode()
        server.over[f"/api/v{version}/{kind}/list"] = lambda _, found=found: (200, {}, found)  # type: ignore[misc]
        server.over[f"/api/v{version}/{kind}"] = lambda _, single=single: (200, {}, single)  # type: ignore[misc]
    run = recheck(server, "comment", 1)
    assert run.tally.fault is None
    assert run.adds_up()
    again = read(source(), server.answers(BASE), before=run, started=NOW + timedelta(hours=2))
    assert again.tally.fault is None
    assert again.adds_up()


@settings(max_examples=50, deadline=None)
@given(ANYTHING | st.binary(max_size=40), ANYTHING)
def test_any_answer_ends_the_run_with_an_outcome(data: Any, languages: Any) -> None:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    site = json.dumps({"site_view": {}, "all_languages": languages}).encode()
    run = read(source(), {f"{BASE}/api/v4/site": Answer(site), f"{BASE}/api/v4/post/list": Answer(body)})
    assert run.tally.fault is None
    assert run.outcome == "failed"


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from('[]()!*_`#<>\\ \n:x~-"&;'), max_size=80))
def test_any_markdown_becomes_text(markup: str) -> None:
    text, alts = plain_markdown(markup)
    assert all(isinstance(found, str) for found in [text, *alts])


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("snake_case and 2*3*4 stay", "snake_case and 2*3*4 stay"),
        ("*one* __two__ ~~three~~ `four`", "one two three four"),
        ("<https://chat.example/x>", "https://chat.example/x"),
        ("[https://a.example](https://a.example)", "https://a.example"),
        ("1\\. a \\* b", "1. a * b"),
        ("@some\\_name\\_99 or \\_name\\_", "@some_name_99 or _name_"),
        ("@some__name, __two words!__", "@some__name, two words!"),
        ("**https://t.me/_name_x** *https://a.example/b_*", "https://t.me/_name_x https://a.example/b"),
        ("[here](https://t.me/some\\_name)", "here (https://t.me/some_name)"),
        ("::: spoiler Prices\n4500\n:::", "4500"),
        ("a < b and c > d", "a < b and c > d"),
    ],
)
def test_markdown_is_read_as_people_see_it(markup: str, text: str) -> None:
    assert plain_markdown(markup)[0] == text


def test_hashtags_are_words_after_a_hash() -> None:
    assert hashtags_in("#boza, #حرقة and a#b /#c ##d #12 #boza &#39;") == ("boza", "حرقة")


def test_an_address_names_a_server_or_one_of_its_communities() -> None:
    assert split_url("https://lemmy.example/") == ("https://lemmy.example", None)
    assert split_url("https://lemmy.example/c/harbour@other.example/") == (
        "https://lemmy.example",
        "harbour@other.example",
    )
    assert split_url("https://x.example/sub/c/harbour") == ("https://x.example/sub", "harbour")
