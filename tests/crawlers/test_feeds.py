"""Feeds end to end: a real server, a real crawling process, a real ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from config import Project, Settings
from crawlers import check
from ledger import Ledger, Worker, read_source
from tests.crawlers.conftest import Poll, PollAll, make_source, posts, rows
from tests.crawlers.site import Site, article, item, rss
from tests.peers.hostile import Hostile


def test_a_feed_read_twice_brings_nothing_twice_and_loses_nothing(site: Site, poll: Poll, ledger: Ledger) -> None:
    entries = [item(number) for number in (3, 2, 1)]
    source = make_source(site.serve_versioned("/feed", rss(*entries), '"v1"'))
    first = poll(source)
    assert (first.outcome, first.counts["seen"], first.counts["new"]) == ("ok", 3, 3)
    assert first.window_from == datetime(2026, 3, 3, 12, tzinfo=UTC), "one entry alone proves no reach"

    second = poll(source)
    assert second.outcome == "not_modified"
    assert "seen" not in second.counts
    assert second.window_from == first.window_to, "nothing is left uncovered between two polls"

    site.serve_versioned("/feed", rss(item(4), item(3, text="<p>Corrected.</p>"), item(2), item(1)), '"v2"')
    third = poll(source)
    assert (third.counts["new"], third.counts["revised"], third.counts["unchanged"]) == (1, 1, 2)
    assert third.window_from == second.window_to
    stored = posts(ledger)
    assert len(stored) == 4
    assert stored["https://news.example/3"]["text"] == "Corrected."
    assert stored["https://news.example/3"]["revision"] == 2


def test_what_an_entry_says_is_what_is_stored(site: Site, poll: Poll, ledger: Ledger) -> None:
    entry = item(
        1,
        text="<p>First &amp; last.<br>Second line.</p><script>alert(1)</script><img src='x' alt='A boat'>",
        more="<category>migration</category><category>#sea</category><dc:creator>Ana</dc:creator>"
        "<slash:comments>7</slash:comments><media:content url='x'><media:description>A map</media:description>"
        "</media:content>",
    )
    poll(make_source(site.serve("/feed", rss(entry).replace("/1<", "/1?utm_source=rss&amp;id=9#top<"))))
    stored = posts(ledger)["https://news.example/1?id=9"]
    assert stored["title"] == "Item 1"
    assert stored["text"] == "First & last.\nSecond line."
    assert stored["media_text"] == "A map\nA boat"
    assert stored["hashtags"] == ["migration", "sea"]
    assert stored["engagement"] == {"replies": 7}
    assert (stored["lang_hint"], stored["platform"], stored["url"]) == ("en", "web", "https://news.example/1?id=9")
    assert stored["published_at"] == datetime(2026, 3, 2, 12, tzinfo=UTC)
    raw = rows(ledger, "raw")[0]
    assert raw["media_type"] == "application/xml"


def test_a_summary_is_completed_by_its_article_which_is_fetched_once(site: Site, poll: Poll, ledger: Ledger) -> None:
    link = f"<link rel='canonical' href='{site.base_url}/story/1'>"
    site.serve("/1", article(head=link), Content_Type="text/html")
    source = make_source(site.serve("/feed", rss(item(1, text=None, base=site.base_url, date=" "))))
    summary = poll(source)
    assert summary.counts["new"] == 1
    stored = posts(ledger)[f"{site.base_url}/story/1"]
    assert "coast guard" in stored["text"]
    assert "nobody wants" not in stored["text"]
    assert stored["published_at"] == datetime(2026, 3, 5, 9, tzinfo=UTC)
    assert stored["media_text"] == "Rescuers carry a child ashore"
    assert stored["author"], "the article's author stands for the feed's that has none"
    again = poll(source)
    assert again.counts["unchanged"] == 1
    assert site.paths() == ["/feed", "/1", "/feed"]


def test_an_article_that_cannot_be_had_is_tried_again_and_becomes_a_revision(
    site: Site, poll: Poll, ledger: Ledger
) -> None:
    entry = item(1, text=None, base=site.base_url)
    source = make_source(site.serve_versioned("/feed", rss(entry), '"v1"'))
    site.answers["/1"] = lambda _: (500, {}, b"")
    first = poll(source)
    assert first.counts["article_unavailable"] == 1
    assert posts(ledger)[f"{site.base_url}/1"]["text"] == "A summary."
    site.serve("/1", article(), Content_Type="text/html")
    second = poll(source)
    assert second.counts["revised"] == 1, "no 304 may hide the entry that is not complete"
    assert "coast guard" in posts(ledger)[f"{site.base_url}/1"]["text"]
    assert poll(source).outcome == "not_modified"


def test_an_article_that_refuses_is_not_landed(site: Site, poll: Poll, ledger: Ledger) -> None:
    refusal = article(head="<meta name='robots' content='NOAI, noimageai'>")
    site.serve("/1", refusal, Content_Type="text/html")
    site.serve("/2", article(), Content_Type="text/html", X_Robots_Tag="noindex")
    site.serve("/3", article(), Content_Type="text/html", X_Robots_Tag="daymark: none")
    site.serve("/4", article(text="Open."), Content_Type="text/html", X_Robots_Tag="otherbot: noindex")
    site.serve("/5", "", 404)
    entries = [item(number, text=None, base=site.base_url) for number in (1, 2, 3, 4, 5)]
    summary = poll(make_source(site.serve("/feed", rss(*entries))))
    assert summary.not_landed == {"noindex": 3, "article_gone": 1}
    assert list(posts(ledger)) == [f"{site.base_url}/4"]


def test_pages_are_followed_back_to_the_known_and_no_further(site: Site, poll: Poll, ledger: Ledger) -> None:
    head = "<generator>https://wordpress.org/?v=6.1.9</generator>"
    for page in range(2, 5):
        site.serve(f"/feed?paged={page}", rss(*(item(20 - 3 * page - n) for n in range(3)), head=head))
    source = make_source(site.serve("/feed", rss(*(item(17 - n) for n in range(3)), head=head)))
    first = poll(source)
    assert first.counts["new"] == 12
    assert site.paths() == ["/feed", "/feed?paged=2", "/feed?paged=3", "/feed?paged=4", "/feed?paged=5"]
    assert first.window_from == datetime(2026, 3, 8, 12, tzinfo=UTC)
    site.asked.clear()
    site.serve("/feed", rss(item(20), item(19), item(18), head=head))
    site.serve("/feed?paged=2", rss(item(17), item(16), item(15), head=head))
    second = poll(source)
    assert second.counts["new"] == 3
    assert site.paths() == ["/feed", "/feed?paged=2"]
    assert second.window_from == first.window_to


def test_a_cap_stops_the_run_and_the_next_goes_on_where_it_stopped(site: Site, poll: Poll, ledger: Ledger) -> None:
    for page in range(1, 5):
        following = f"<atom:link rel='next' href='/p{page + 1}'/>" if page < 4 else ""
        site.serve(f"/p{page}", rss(*(item(30 - 3 * page - n) for n in range(3)), head=following))
    source = make_source(site.base_url + "/p1", limits={"requests": 3})
    first = poll(source)
    assert (first.outcome, first.counts["new"], first.counts["limit_requests"]) == ("ok", 6, 1)
    assert first.message == "stopped at limits.requests = 3"
    second = poll(source)
    assert second.counts["new"] == 3
    third = poll(make_source(site.base_url + "/p1"))
    assert third.counts["new"] == 3
    assert len(posts(ledger)) == 12
    assert read_source(ledger, "test").cursor["backfill"] is None


def test_pages_without_end_are_ended(site: Site, poll: Poll) -> None:
    def endless(_: object) -> tuple[int, dict[str, str], bytes]:
        number = len(site.asked)
        return 200, {}, rss(item(number), head=f"<atom:link rel='next' href='/feed?n={number}'/>").encode()

    site.answers["/feed"] = endless
    summary = poll(make_source(site.base_url + "/feed", limits={"pages": 4}))
    assert (summary.outcome, summary.counts["limit_pages"], summary.counts["new"]) == ("ok", 1, 4)
    assert len(site.paths()) == 4


def test_moves_and_the_end_of_a_feed(site: Site, poll: Poll, ledger: Ledger) -> None:
    site.serve("/old", "", 301, Location="/new")
    site.serve("/new", rss(item(1)))
    source = make_source(site.base_url + "/old")
    assert "moved for good" in poll(source).message
    assert read_source(ledger, "test").url == site.base_url + "/new"
    site.asked.clear()
    poll(source)
    assert site.paths() == ["/new"]
    site.serve("/new", "", 410)
    assert poll(source).outcome == "gone"
    after = poll(source)
    assert not after.ran
    assert "gone for good" in after.message
    elsewhere = poll(make_source(site.serve("/elsewhere", rss(item(2), item(1)))))
    assert (elsewhere.outcome, elsewhere.counts["new"]) == ("ok", 1), "the register's new address counts"


def test_a_redirect_to_a_notice_is_not_remembered(site: Site, poll: Poll, ledger: Ledger) -> None:
    site.serve("/feed", "", 301, Location="/maintenance.html")
    site.serve("/maintenance.html", "<!doctype html><html>Back soon</html>", Content_Type="text/html")
    source = make_source(site.base_url + "/feed")
    assert poll(source).outcome == "failed"
    assert read_source(ledger, "test").url is None
    site.serve("/feed", rss(item(1)))
    assert poll(source).counts["new"] == 1


def test_too_few_entries_are_a_failure_and_what_was_there_is_kept(
    site: Site, poll: Poll, poll_all: PollAll, ledger: Ledger
) -> None:
    source = make_source(site.serve_versioned("/feed", rss(item(1)), '"v"'), expect={"min_posts": 5})
    summary = poll(source)
    assert summary.outcome == "failed"
    assert summary.message == "1 entries where at least 5 are expected"
    assert summary.window_from is None
    assert len(posts(ledger)) == 1
    assert poll(source).outcome == "failed", "304 must not turn the failure into a success"
    url = site.serve("/none", rss())
    found = poll_all(make_source(url, id="none"), make_source(url, id="some", expect={"min_posts": 1}))
    assert (found["none"].outcome, found["some"].outcome) == ("empty", "failed")


def test_a_header_on_the_feed_follows_the_sources_entry(site: Site, poll_all: PollAll) -> None:
    url = site.serve("/feed", rss(item(1)), X_Robots_Tag="noindex")
    found = poll_all(make_source(url, id="recording"), make_source(url, id="obeying", robots_tag="obey"))
    assert (found["recording"].outcome, found["recording"].counts["robots_tag"]) == ("ok", 1)
    assert found["obeying"].outcome == "robots_denied"
    assert "X-Robots-Tag: noindex" in found["obeying"].message


def test_faulty_feeds_each_end_in_a_counted_outcome(hostile_server: Hostile, poll_all: PollAll, ledger: Ledger) -> None:
    names = ("broken", "html-as-feed", "duplicate-guids", "no-dates", "nul", "laughs")
    sources = [make_source(f"{hostile_server.base_url}/feeds/{name}", id=name, articles=False) for name in names]
    found = poll_all(*sources)
    assert {name for name in names if found[name].outcome == "failed"} == {"broken", "html-as-feed"}
    assert found["html-as-feed"].message == "not a feed: a web page, not a feed"
    assert found["broken"].message == "none of 3 items could be read: 3 no_identity"
    assert found["no-dates"].counts["unreadable_date"] == 2
    for summary in found.values():
        landed = sum(summary.counts.get(key, 0) for key in ("new", "revised", "unchanged", "tombstoned"))
        assert summary.counts.get("seen", 0) == landed + sum(summary.not_landed.values()), summary.source
    assert [row["reason"] for row in rows(ledger, "rejected")] == ["no_identity"] * 3


def test_check_shows_what_would_land_and_stores_nothing(
    site: Site, project: Project, settings: Settings, ledger: Ledger, worker: Worker
) -> None:
    source = make_source(site.serve("/feed", rss(item(1), item(2))), enabled=False)
    report = check(ledger, worker, source, project, settings)
    assert (report.outcome, [post.title for post in report.posts]) == ("ok", ["Item 1", "Item 2"])
    assert posts(ledger) == {}
    assert rows(ledger, "poll") == []
    refused = check(ledger, worker, source.model_copy(update={"purpose": ""}), project, settings)
    assert refused.message == "no purpose stated in sources.yaml"


def test_json_feed_and_atom(site: Site, poll_all: PollAll, ledger: Ledger) -> None:
    site.serve(
        "/json",
        '{"version": "https://jsonfeed.org/version/1.1", "title": "J", "language": "tr", "next_url": "/json2", "items": ['
        '{"id": 1, "url": "https://j.example/1", "content_text": "Merhaba <3", "date_published": "2026-03-01T10:00:00Z",'
        ' "tags": ["göç"], "authors": [{"name": "Deniz"}]}, "not an item"]}',
    )
    site.serve(
        "/json2", '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "x", "content_html": "<p>Two"}]}'
    )
    site.serve(
        "/atom",
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>A</title><id>f</id>'
        "<updated>2026-03-02T00:00:00Z</updated><entry><id>tag:a,1</id><title type='html'>&lt;b&gt;Grenze&lt;/b&gt;</title>"
        "<link href='https://a.example/1'/><published>2026-03-01T00:00:00+01:00</published>"
        "<updated>2026-03-02T00:00:00Z</updated><author><name>Eva</name></author><category term='asyl'/>"
        "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>Ein <em>Text</em>.</p></div></content>"
        "</entry></feed>",
    )
    found = poll_all(make_source(site.base_url + "/json"), make_source(site.base_url + "/atom", id="atom"))
    assert (found["test"].counts["new"], found["atom"].counts["new"]) == (2, 1)
    stored = posts(ledger)
    assert stored["https://j.example/1"]["text"] == "Merhaba <3"
    assert stored["https://j.example/1"]["lang_hint"] == "tr"
    assert stored[f"{site.base_url}/json#x"]["text"] == "Two"
    atom = stored["https://a.example/1"]
    assert (atom["title"], atom["text"], atom["lang_hint"]) == ("Grenze", "Ein Text.", "de")
    assert atom["edited_at"] == datetime(2026, 3, 2, tzinfo=UTC)
    assert atom["published_at"] == datetime(2026, 2, 28, 23, tzinfo=UTC)


def test_full_bodies_are_kept_only_where_every_post_in_them_can_be_erased(
    site: Site, poll: Poll, ledger: Ledger
) -> None:
    source = make_source(site.serve("/feed", rss(item(2), item(1))))
    poll(source)
    site.serve("/feed", rss(item(3), item(2), item(1)))
    poll(source)
    kept = [row["body"] is not None and len(row["body"]) > 50 for row in rows(ledger, "capture")]
    assert sorted(kept) == [False, True], "the second body holds two posts that did not land through it"


def test_a_key_that_is_gone_fails_the_run_and_leaves_the_cursor(
    site: Site, poll: Poll, ledger: Ledger, settings: Settings
) -> None:
    source = make_source(site.serve_versioned("/feed", rss(item(1)), '"v1"'), interval=timedelta(minutes=1))
    poll(source)
    before = read_source(ledger, "test").cursor
    site.serve_versioned("/feed", rss(item(2), item(1)), '"v2"')
    (settings.key_dir / "pseudonym.key").unlink()
    summary = poll(source)
    assert summary.outcome == "failed"
    assert "no pseudonym key" in summary.message
    assert read_source(ledger, "test").cursor == before != {}
