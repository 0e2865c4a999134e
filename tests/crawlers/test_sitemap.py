"""Sitemaps end to end: a small invented outlet on a real server, a real crawling process, a real ledger.

Tested against hand-made sitemaps after the protocol of sitemaps.org and the news extension, as urlset, index, gzip file and
robots.txt lines; not against an outlet's own site, which `daymark sources check` does for whoever runs it.
"""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

import psutil
import pytest
import sqlalchemy as sa

from config import Project, Settings
from crawlers import CrawlProcesses, collect
from ledger import Ledger, Worker, read_source, schema
from tests.crawlers.conftest import Poll, PollAll, make_source, posts, rows
from tests.crawlers.outlet import HTML, index, news, plain, undated, urlset
from tests.crawlers.site import Reply, Site, article, item, rss
from tests.peers.hostile import Hostile

NOW = datetime.now(UTC).replace(microsecond=0)


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def page(site: Site, path: str, text: str = "It was cold.", head: str = "") -> str:
    return site.serve(path, article(text=text, head=head), Content_Type="text/html; charset=utf-8")


def test_twice_in_a_row_across_an_edit_a_deletion_and_a_late_article(site: Site, poll: Poll, ledger: Ledger) -> None:
    base = site.base_url
    for number in (1, 2, 3):
        page(site, f"/a/{number}")
    listed = [news(f"{base}/a/{number}", ago(10 - number)) for number in (1, 2, 3)]
    source = make_source(site.serve_versioned("/news.xml", urlset(*listed), '"1"'), kind="sitemap")

    first = poll(source)
    assert (first.outcome, first.counts["seen"], first.counts["new"]) == ("ok", 3, 3)
    assert first.window_from == ago(8), "one entry alone proves no reach"
    site.asked.clear()
    second = poll(source)
    assert (second.outcome, site.paths()) == ("not_modified", ["/news.xml"])
    assert second.window_from == first.window_to, "nothing is left uncovered between two polls"

    page(site, "/a/2", "The number was corrected.")
    site.serve("/a/3", "", 410)
    page(site, "/a/late")
    late = news(f"{base}/a/late", ago(30))
    listed[1] = news(f"{base}/a/2", ago(8), lastmod=ago(1).isoformat())
    listed[2] = news(f"{base}/a/3", ago(7), lastmod=ago(2).isoformat())
    site.serve_versioned("/news.xml", urlset(*listed, late), '"2"')
    site.asked.clear()
    third = poll(source)
    assert (third.counts["new"], third.counts["revised"], third.counts["unchanged"]) == (1, 1, 1)
    assert (third.not_landed, third.counts["removed"]) == ({"article_gone": 1}, 1)
    assert sorted(site.paths()) == ["/a/2", "/a/3", "/a/late", "/news.xml"], "what has not changed is not asked for"
    assert third.window_from is not None
    assert second.window_to is not None
    assert third.window_from <= second.window_to
    stored = posts(ledger)
    assert len(stored) == 4
    assert "corrected" in stored[f"{base}/a/2"]["text"]
    assert stored[f"{base}/a/3"]["removed_at"] is not None
    assert stored[f"{base}/a/late"]["published_at"] == ago(30)
    assert poll(source).outcome == "not_modified"


def test_what_the_list_and_the_page_say_is_what_is_stored(site: Site, poll: Poll, ledger: Ledger) -> None:
    page(site, "/a/1", head=f"<link rel='canonical' href='{site.base_url}/a/one'>")
    entry = news(f"{site.base_url}/a/1?utm_source=x", ago(5), title="Other words", keywords="asylum, sea")
    poll(make_source(site.serve("/news.xml", urlset(entry)), kind="sitemap"))
    stored = posts(ledger)[f"{site.base_url}/a/one"]
    assert stored["title"] == "A crossing", "the page's own title, which a recheck finds again"
    assert "coast guard" in stored["text"]
    assert stored["author"], "the pseudonym of whom the page names"
    assert "Ana" not in stored["author"]
    assert (stored["media_text"], stored["hashtags"]) == ("Rescuers carry a child ashore", ["asylum", "sea"])
    assert (stored["published_at"], stored["published_estimated"], stored["lang_hint"]) == (ago(5), False, "en")
    assert (stored["platform"], stored["url"]) == ("web", f"{site.base_url}/a/one")
    assert [row["lookup"] for row in rows(ledger, "recheck")] == [f"{site.base_url}/a/1?utm_source=x"]


@pytest.mark.parametrize("sitemap_first", [True, False])
def test_the_same_article_by_feed_and_by_sitemap_is_one_post(
    site: Site, poll: Poll, ledger: Ledger, sitemap_first: bool
) -> None:
    base = site.base_url
    page(site, "/1", head=f"<link rel='canonical' href='{base}/story/1'>")
    page(site, "/2")
    feed = make_source(site.serve("/feed", rss(*(item(n, text=None, base=base) for n in (2, 1)))), id="feed")
    listed = urlset(news(f"{base}/1?utm_campaign=x", ago(2)), plain(f"{base}/2#top", ago(1).isoformat()))
    listing = make_source(site.serve("/news.xml", listed), id="map", kind="sitemap")
    for source in (listing, feed) if sitemap_first else (feed, listing):
        assert poll(source).outcome == "ok"
    assert set(posts(ledger)) == {f"{base}/story/1", f"{base}/2"}


def test_robots_txt_names_an_index_whose_news_come_first_and_alone(site: Site, poll: Poll, ledger: Ledger) -> None:
    base = site.base_url
    page(site, "/a/1")
    site.serve("/robots.txt", f"User-agent: *\nDisallow: /private\nSitemap: {base}/sitemap_index.xml\n")
    maps = [(f"{base}/{name}.xml", "") for name in ("post-2", "category-sitemap", "author-sitemap")]
    site.serve("/sitemap_index.xml", index(*maps, (f"{base}/news-1.xml.gz", "")))
    packed = gzip.compress(urlset(news(f"{base}/a/1", ago(1)), news(f"{base}/private/2", ago(2))).encode())
    site.serve("/news-1.xml.gz", packed, Content_Type="application/gzip")
    summary = poll(make_source(base, kind="sitemap"))
    assert (summary.outcome, summary.counts["new"]) == ("ok", 1)
    assert summary.not_landed == {"article_robots_denied": 1}, "not even its title"
    assert summary.counts["sitemaps_skipped"] == 3
    assert site.paths() == ["/sitemap_index.xml", "/news-1.xml.gz", "/a/1"]


def test_without_news_the_recent_part_of_the_archive_is_read_and_only_articles_land(
    site: Site, poll: Poll, ledger: Ledger
) -> None:
    base = site.base_url
    page(site, "/a/1")
    site.serve("/imprint", undated(), Content_Type="text/html")
    recent = urlset(plain(f"{base}/a/1", ago(3).isoformat()), plain(f"{base}/imprint", ago(2).isoformat()))
    site.serve("/posts-2.xml", recent)
    site.serve("/posts-1.xml", urlset(plain(f"{base}/a/old", "2019-05-05"), plain(f"{base}/a/older", "2019-05-04")))
    maps = index((f"{base}/posts-0.xml", "2018-01-01"), (f"{base}/posts-1.xml", ""), (f"{base}/posts-2.xml", ""))
    source = make_source(site.serve("/sitemap.xml", maps).removesuffix("/sitemap.xml"), kind="sitemap")
    first = poll(source)
    assert (first.counts["new"], first.not_landed) == (1, {"not_an_article": 1})
    assert first.counts["listed_older"] == 2
    assert "/posts-0.xml" not in site.paths()
    stored = posts(ledger)[f"{base}/a/1"]
    assert stored["published_at"] == datetime(2026, 3, 5, 9, tzinfo=UTC), "not the time of its change"
    site.asked.clear()
    poll(source)
    assert site.paths() == ["/sitemap.xml", "/posts-2.xml"], "the archive sleeps, known pages are left alone"


def test_a_poll_that_is_killed_in_the_middle_loses_nothing_and_brings_nothing_twice(
    site: Site, ledger: Ledger, worker: Worker, project: Project, settings: Settings
) -> None:
    base = site.base_url
    listed = urlset(*(news(f"{base}/a/{number}", ago(number)) for number in range(1, 6)))
    source = make_source(site.serve_versioned("/news.xml", listed, '"1"'), kind="sitemap")
    for number in range(1, 6):
        page(site, f"/a/{number}")
    with CrawlProcesses() as processes:

        def kill(_: object) -> Reply:
            forker = processes._forker
            assert forker is not None
            for child in psutil.Process(forker._process.pid).children():
                child.kill()
            return 503, {}, b""

        unharmed = site.answers["/a/3"]
        site.answers["/a/3"] = kill
        (killed,) = collect(ledger, worker, [source], project, settings, only="test", processes=processes)
        assert killed.outcome == "killed"
        assert read_source(ledger, "test").cursor == {}
        before = len(posts(ledger))
        assert before < 5
        site.answers["/a/3"] = unharmed
        (again,) = collect(ledger, worker, [source], project, settings, only="test", processes=processes)
    assert (again.outcome, again.counts["new"]) == ("ok", 5 - before)
    assert again.counts.get("revised", 0) == 0
    assert set(posts(ledger)) == {f"{base}/a/{number}" for number in range(1, 6)}


def test_a_recheck_sees_the_edit_and_the_deletion_that_no_list_shows(site: Site, poll: Poll, ledger: Ledger) -> None:
    base = site.base_url
    for number in (1, 2, 3):
        page(site, f"/a/{number}")
    listed = urlset(*(news(f"{base}/a/{number}", ago(number)) for number in (1, 2, 3)))
    source = make_source(site.serve_versioned("/news.xml", listed, '"1"'), kind="sitemap")
    poll(source)
    with ledger.write() as conn:
        conn.execute(sa.update(schema.recheck).values(due=ago(1)))
    page(site, "/a/1", "The number was corrected.")
    site.serve("/a/2", "", 404)
    summary = poll(source)
    assert (summary.outcome, summary.counts["revised"], summary.counts["unchanged"]) == ("not_modified", 1, 1)
    assert (summary.counts["recheck_present"], summary.counts["recheck_unknown"]) == (2, 1), "it is listed still"
    stored = posts(ledger)
    assert "corrected" in stored[f"{base}/a/1"]["text"]
    assert stored[f"{base}/a/1"]["published_at"] == ago(1)
    assert stored[f"{base}/a/2"]["removed_at"] is None
    assert stored[f"{base}/a/3"]["revision"] == 1

    shorter = urlset(*(news(f"{base}/a/{number}", ago(number)) for number in (1, 3)))
    site.serve_versioned("/news.xml", shorter, '"2"')
    with ledger.write() as conn:
        conn.execute(sa.update(schema.recheck).values(due=ago(1)))
    assert poll(source).counts["recheck_deleted"] == 1
    assert posts(ledger)[f"{base}/a/2"]["removed_at"] is not None


def test_what_is_no_sitemap_or_not_for_us_ends_with_its_name(site: Site, poll_all: PollAll) -> None:
    site.serve("/web.xml", "<html>Not found</html>", Content_Type="text/html")
    site.serve("/feed.xml", rss(item(1)))
    site.serve("/login.xml", "", 403)
    site.serve("/gone.xml", "", 410)
    site.serve("/none.xml", urlset())
    site.serve("/foreign.xml", urlset(plain("https://other.example/1")))
    site.serve("/obeyed.xml", urlset(), X_Robots_Tag="noindex")
    site.serve("/index.xml", index((f"{site.base_url}/login.xml", "")))
    names = ("web", "feed", "login", "gone", "none", "foreign", "obeyed", "index")
    sources = [
        make_source(f"{site.base_url}/{name}.xml", id=name, kind="sitemap", robots_tag="obey" if name == "obeyed" else "record")
        for name in names
    ]  # fmt: skip
    found = poll_all(*sources)
    assert {name: found[name].outcome for name in names} == {
        "web": "failed",
        "feed": "failed",
        "login": "blocked",
        "gone": "gone",
        "none": "empty",
        "foreign": "failed",
        "obeyed": "robots_denied",
        "index": "blocked",
    }
    assert "kind: feeds" in found["feed"].message
    assert "other sites only" in found["foreign"].message


def test_a_hostile_server_costs_the_run_no_more_than_a_counted_fault(hostile_server: Hostile, poll: Poll) -> None:
    base = hostile_server.base_url
    hostile_server.serve("/a/1", article(), HTML["Content-Type"])
    ends = ("/bomb", "/redirect/endless", "/redirect/file", "/redirect/other-host", "/length/short", "/large", "/a/1")
    listed = urlset(*(news(f"{base}{path}", ago(number)) for number, path in enumerate(ends, start=1)))
    url = hostile_server.serve("/news.xml", listed, "application/xml")
    summary = poll(make_source(url, kind="sitemap", limits={"seconds": 120}))
    assert (summary.outcome, summary.counts["new"], summary.counts["seen"]) == ("ok", 1, len(ends))
    assert sum(summary.not_landed.values()) == len(ends) - 1
    bomb = hostile_server.serve("/bomb.xml.gz", gzip.compress(bytes(20_000_000)), "application/gzip")
    assert "unpacks to more than" in poll(make_source(bomb, id="bomb", kind="sitemap")).message
