"""GDELT, for discovery only: its answers as bytes, its slices and mark, and a run over real HTTP.

Tested against hand-made answers after the documented shape of the DOC interface (mode=artlist, format=json), with the faults
that its users report: errors as sentences under HTTP 200, control characters, lone backslashes. Not against GDELT itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from config import Source
from crawlers.errors import BudgetSpent
from crawlers.platforms.gdelt.answer import GdeltRefusal, parse_answer
from crawlers.spiders.gdelt import FIRST, LAG, REACH
from ledger import Ledger, read_source
from tests.crawlers.conftest import Poll, make_source, posts
from tests.crawlers.outlet import HTML, news, undated, urlset
from tests.crawlers.site import Reply, Site, article
from tests.crawlers.stand_in import NOW, Answer, Run, Say, read

API = "https://gdelt.example/api/v2/doc/doc"
SITE = "https://herald.example"
QUARTER = timedelta(minutes=15)


def listed(url: str, seen: datetime = NOW, title: str = "A crossing") -> dict[str, Any]:
    return {
        "url": url,
        "url_mobile": "",
        "title": title,
        "seendate": f"{seen:%Y%m%dT%H%M%SZ}",
        "socialimage": f"{url}.jpg",
        "domain": urlsplit(url).hostname,
        "language": "English",
        "sourcecountry": "Malta",
    }


def answer(*articles: dict[str, Any]) -> str:
    return json.dumps({"articles": list(articles)} if articles else {})


# Answers


def test_an_answer_gives_addresses() -> None:
    (entry,) = parse_answer(answer(listed(f"{SITE}/1")).encode())
    assert (entry.link, entry.title, entry.published) == (f"{SITE}/1", "A crossing", None), "seen is not published"
    assert b"seendate" in entry.raw
    assert parse_answer(b"{}") == ()
    assert parse_answer(b'\xef\xbb\xbf{"articles": []}') == ()


def test_control_characters_and_lone_backslashes_are_borne() -> None:
    title = r'"A \' crossing \x at \" sea \\ and \u00e9"'
    articles = f'{{"url": "{SITE}/1", "title": {title}}}, {{"url": "{SITE}/2\x0b", "title": "b\x1f\tc\nd"}}'
    body = f'\x01{{"articles":\x02 [{articles}]}}\x00'
    first, second = parse_answer(body.encode())
    assert first.title == "A \\' crossing \\x at \" sea \\ and \u00e9"
    assert (second.link, second.title) == (f"{SITE}/2", "b c d")


@pytest.mark.parametrize(
    ("body", "words", "too_fast"),
    [
        ("Your query was too short or too long.\n", "too short or too long", False),
        ("<html><body><b>Timespan is too short.</b></body></html>", "Timespan is too short.", False),
        ("Please limit requests to one every 5 seconds or contact us.", "one every 5 seconds", True),
        ("", "an empty answer", False),
        ("[1]", "[1]", False),
        ('{"articles": [', "broken JSON", False),
        ('{"articles": "none"}', "no list", False),
        ("{" * 50_000, "broken JSON", False),
    ],
)
def test_errors_under_http_200_are_errors(body: str, words: str, too_fast: bool) -> None:
    with pytest.raises(GdeltRefusal) as caught:
        parse_answer(body.encode())
    assert words in str(caught.value)
    assert caught.value.too_fast is too_fast


PARTS = st.sampled_from(
    [b"{", b"}", b'"articles"', b":", b"[", b"]", b",", b'"url"', b'"http://h/1"', b'"http://["', b"null", b"1e999", b"NaN",
     b"\\", b"\\u12", b'"', b"\x00", b"\x1f", b"\xff", b"<b>"]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["url", "title", "articles"]), inner),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=100),
        st.lists(PARTS, max_size=25).map(b"".join),
        VALUES.map(lambda value: json.dumps({"articles": [value]}).encode()),
    )
)
def test_no_bytes_make_the_parser_crash(body: bytes) -> None:
    try:
        entries = parse_answer(body)
    except GdeltRefusal:
        return
    assert all(entry.link is None or entry.link.startswith("http") for entry in entries)


# Slices, mark and window; the answers are given, see stand_in.py


def make_gdelt(**fields: Any) -> Source:
    return make_source(f"{API}?query=boats%20sourcelang:english&timespan=1d", kind="gdelt", **fields)


class Index:
    """GDELT over articles that came in at given moments."""

    def __init__(self, seen: Mapping[str, datetime]) -> None:
        self.seen = dict(seen)
        self.spans: list[tuple[datetime, datetime]] = []

    def __call__(self, url: str) -> Say:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert (asked["query"], asked["mode"], asked["format"]) == ("boats sourcelang:english", "artlist", "json")
        assert "timespan" not in asked
        begin, end = (
            datetime.strptime(asked[name], "%Y%m%d%H%M%S").replace(tzinfo=UTC) for name in ("startdatetime", "enddatetime")
        )  # fmt: skip
        self.spans.append((begin, end))
        found = sorted(((url, at) for url, at in self.seen.items() if begin <= at <= end), key=lambda one: one[1])
        newest = list(reversed(found))[: int(asked["maxrecords"])]
        return Answer(answer(*(listed(url, at) for url, at in newest)))


def page(url: str) -> Say:
    return Answer(article(text=f"Of {url}."), headers=HTML)


def ask(source: Source, index: Index, more: Mapping[str, Say] | None = None, **given: Any) -> Run:
    pages = {url: page(url) for url in index.seen}
    return read(source, {API: index, **pages, **(more or {})}, **given)


def native(run: Run) -> list[str]:
    return [post.native_id.rpartition("/")[2] for post in run.posts]


def at(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def test_the_mark_moves_on_and_the_overlap_brings_what_came_late() -> None:
    source = make_gdelt()
    index = Index({f"{SITE}/1": at(20), f"{SITE}/2": at(1)})
    first = ask(source, index)
    assert (sorted(native(first)), first.outcome) == (["1", "2"], "ok")
    assert index.spans == [(NOW - FIRST, NOW)]
    assert first.window == (NOW - FIRST, NOW - LAG)
    index.seen[f"{SITE}/late"] = at(5)
    later = NOW + QUARTER
    second = ask(source, index, before=first, started=later)
    assert (native(second), second.tally.counts["unchanged"], second.adds_up()) == (["late"], 1, True)
    assert index.spans[1:] == [(NOW - LAG - source.overlap, later)]
    assert second.window == (NOW - LAG - source.overlap, later - LAG)
    assert f"{SITE}/2" not in second.asked, "an article is read once"


def test_an_answer_that_is_full_is_asked_for_in_halves_and_nothing_is_lost() -> None:
    seen = {f"{SITE}/{number}": at(number * 24 / 600) for number in range(600)}
    index = Index(seen)
    run = ask(make_gdelt(limits={"articles": 1000}), index)
    assert {post.native_id for post in run.posts} == set(seen)
    assert (run.window, run.adds_up()) == ((NOW - FIRST, NOW - LAG), True)


def test_what_a_quarter_of_an_hour_cannot_hold_is_a_gap() -> None:
    seen = {f"{SITE}/{number}": at(10) for number in range(300)} | {f"{SITE}/late": at(1)}
    run = ask(make_gdelt(limits={"articles": 1000}), Index(seen))
    assert run.tally.counts["list_full"] >= 1
    begin, end = run.window
    assert begin is not None
    assert at(10) < begin < at(9)
    assert end == NOW - LAG


def test_articles_over_the_cap_are_read_by_the_next_polls_and_claimed_only_then() -> None:
    source = make_gdelt(limits={"articles": 2})
    index = Index({f"{SITE}/{number}": at(number + 1) for number in range(5)})
    first = ask(source, index)
    assert (len(first.posts), first.outcome, first.window) == (2, "ok", (None, None))
    assert (first.tally.counts["limit_articles"], first.adds_up()) == (3, True)
    assert "mark" not in first.spider.cursor
    second = ask(source, index, before=first, started=NOW + QUARTER)
    third = ask(source, index, before=second, started=NOW + 2 * QUARTER)
    found = [*native(first), *native(second), *native(third)]
    assert sorted(found) == ["0", "1", "2", "3", "4"]
    assert third.window[1] == NOW + 2 * QUARTER - LAG


def test_a_run_that_is_stopped_goes_on_with_the_slice_next_time() -> None:
    source = make_gdelt()
    index = Index({f"{SITE}/{number}": at(number + 1) for number in range(3)})
    stopped = ask(source, index, {f"{SITE}/1": BudgetSpent("seconds", 600)})
    assert (native(stopped), stopped.window) == (["0"], (None, None))
    assert sorted(native(ask(source, index, before=stopped))) == ["1", "2"]


def test_what_is_past_three_months_is_not_asked_for_and_is_a_gap() -> None:
    source = make_gdelt()
    first = ask(source, Index({f"{SITE}/1": at(1)}))
    later = NOW + timedelta(days=200)
    index = Index({f"{SITE}/2": later - timedelta(hours=2)})
    run = ask(source, index, before=first, started=later)
    assert index.spans[0][0] == later - REACH
    assert run.window == (later - REACH, later - LAG)


def test_another_query_starts_anew() -> None:
    first = ask(make_gdelt(), Index({f"{SITE}/1": at(1)}))
    cursor = {**first.spider.cursor, "query": "something else"}
    index = Index({f"{SITE}/1": at(1)})
    ask(make_gdelt(), index, cursor=cursor)
    assert index.spans == [(NOW - FIRST, NOW)]


@pytest.mark.parametrize("cursor", [{"mark": "soon"}, {"mark": 3}, {"entries": {"a": 1}}, {"query": 7}])
def test_a_cursor_of_another_shape_is_read_anew(cursor: dict[str, Any]) -> None:
    assert native(ask(make_gdelt(), Index({f"{SITE}/1": at(1)}), cursor=cursor)) == ["1"]


def test_faults_of_the_interface_end_with_a_name() -> None:
    source = make_gdelt()
    short = read(source, {API: Answer("Your query was too short or too long.")})
    assert (short.outcome, short.spider.message) == (
        "failed", "GDELT gives no list: Your query was too short or too long.")  # fmt: skip
    fast = read(source, {API: Answer("Please limit requests to one every 5 seconds.")})
    assert fast.outcome == "rate_limited"
    assert fast.spider.not_before is not None
    assert fast.spider.not_before > NOW
    assert read(source, {API: Answer(status=403)}).outcome == "blocked"
    none = read(source, {API: Answer("{}")})
    assert (none.outcome, none.window) == ("empty", (None, None))
    assert (
        read(make_source(API, kind="gdelt"), {}).spider.message
        == "the source's url names no query: .../doc?query=WORDS"
    )
    few = make_gdelt(expect={"min_posts": 2})
    assert ask(few, Index({f"{SITE}/1": at(1)})).outcome == "failed"


def test_an_item_without_an_address_is_kept_as_rejected() -> None:
    body = json.dumps({"articles": [{"title": "x"}, "no article", listed(f"{SITE}/1")]})
    run = read(make_gdelt(), {API: Answer(body), f"{SITE}/1": page(f"{SITE}/1")})
    assert (run.rejected, native(run), run.adds_up()) == (["no_identity"] * 2, ["1"], True)


def test_requests_to_gdelt_are_five_seconds_apart() -> None:
    url = "https://api.gdeltproject.org/api/v2/doc/doc?query=boats"
    plain = {"id": "g", "kind": "gdelt", "url": url}
    assert Source.model_validate(plain).delay == 5.0
    assert Source.model_validate({**plain, "delay": 8}).delay == 8.0
    with pytest.raises(ValidationError, match="GDELT asks for 5 s"):
        Source.model_validate({**plain, "delay": 1})
    assert Source.model_validate({**plain, "kind": "sitemap", "url": SITE}).delay == 1.0


# Over real HTTP


def test_what_gdelt_finds_lands_like_a_web_article_and_is_one_with_the_sitemaps(
    site: Site, poll: Poll, ledger: Ledger
) -> None:
    base, now = site.base_url, datetime.now(UTC)
    for path, text in {"/a/1": "One.", "/a/2": "Two."}.items():
        site.serve(path, article(text=text), Content_Type="text/html")
    site.serve("/a/3", undated("A vigil", "Hundreds came."), Content_Type="text/html")
    own = f"<link rel='canonical' href='{base}/a/4'>"
    site.serve("/a/4", article(head=own), Content_Type="text/html", X_Robots_Tag="noindex")
    site.serve("/robots.txt", "User-agent: *\nDisallow: /closed/\n")
    found = [listed(f"{base}{path}", now) for path in ("/a/1?utm_source=gdelt", "/a/2", "/a/3", "/a/4", "/closed/5")]

    def gdelt(_: object) -> Reply:
        return (
            200,
            {"Content-Type": "application/json"},
            answer(*found).replace('"language"', '\x02"language"').encode(),
        )

    site.answers["/api/v2/doc/doc"] = gdelt
    source = make_source(f"{base}/api/v2/doc/doc?query=boats", id="gdelt", kind="gdelt")
    first = poll(source)
    assert (first.outcome, first.counts["seen"], first.counts["new"]) == ("ok", 5, 3)
    assert first.not_landed == {"noindex": 1, "article_robots_denied": 1}
    stored = posts(ledger)
    assert set(stored) == {f"{base}/a/1", f"{base}/a/2", f"{base}/a/3"}
    assert (stored[f"{base}/a/1"]["platform"], stored[f"{base}/a/1"]["lang_hint"]) == ("web", "en")
    assert stored[f"{base}/a/3"]["title"] == "A vigil", "the page's own title"
    assert stored[f"{base}/a/3"]["published_estimated"], "when GDELT saw it is not when it appeared"

    site.serve("/news.xml", urlset(news(f"{base}/a/1", now), news(f"{base}/a/2", now)))
    both = poll(make_source(f"{base}/news.xml", id="map", kind="sitemap"))
    assert (both.counts["unchanged"], both.counts.get("new", 0)) == (2, 0)
    site.asked.clear()
    again = poll(source)
    assert (again.counts["unchanged"], again.counts.get("new", 0), len(posts(ledger))) == (4, 0, 3)
    assert [path for path in site.paths() if path.startswith("/a/")] == []

    site.answers["/api/v2/doc/doc"] = lambda _: (
        200,
        {"Content-Type": "text/html"},
        b"The specified query is not valid.",
    )
    mark = read_source(ledger, "gdelt").cursor["mark"]
    broken = poll(source)
    assert (broken.outcome, broken.window_from) == ("failed", None)
    assert broken.message == "GDELT gives no list: The specified query is not valid."
    assert read_source(ledger, "gdelt").cursor["mark"] == mark
