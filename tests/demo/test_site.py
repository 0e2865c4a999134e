"""The demo site is started once and read over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path

import pytest

import demo.site
from demo.entries import NOTICE, SITES, Entry, EntryKind, FeedFormat, Site
from demo.feeds import PAGE_SIZE
from demo.site import World, serve, truth_by_native_id
from tests.demo.reader import ArticleReader, get, walk


@pytest.fixture(scope="module")
def base(world: World) -> Iterator[str]:
    with serve(world) as url:
        yield url


def by_url(world: World, base: str) -> dict[str, Entry]:
    return {base + entry.path: entry for entry in world.entries}


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.id)
def test_following_the_pages_shows_every_entry_exactly_once(world: World, base: str, site: Site) -> None:
    pages = list(walk(base, site))
    entries = world.of_site(site)
    assert [seen.url for page in pages for seen in page] == [base + entry.path for entry in entries]
    assert all(len(page) == PAGE_SIZE for page in pages[:-1])
    assert 1 <= len(pages[-1]) <= PAGE_SIZE


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.id)
def test_a_post_stands_in_full_in_the_feed_and_an_article_as_a_summary(world: World, base: str, site: Site) -> None:
    entries = by_url(world, base)
    for page in walk(base, site):
        for seen in page:
            entry = entries[seen.url]
            assert (seen.author, seen.published) == (entry.author, entry.published)
            if entry.kind_of_entry is EntryKind.POST:
                assert seen.text == entry.text
            else:
                assert seen.text == entry.summary
                assert len(seen.text) < len(entry.text)


def test_every_entry_has_a_page_with_its_full_text(world: World, base: str) -> None:
    for url, entry in by_url(world, base).items():
        html = get(url).body.decode()
        page = ArticleReader(html)
        assert "\n\n".join(page.paragraphs) == entry.text
        assert (page.canonical, page.author, page.headline) == (url, entry.author, entry.title or "")
        assert datetime.fromisoformat(page.time) == entry.published
        assert {"header", "nav", "aside", "footer", "article"} <= page.tags
        assert NOTICE in html


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.id)
def test_a_known_copy_is_answered_304(world: World, base: str, site: Site) -> None:
    for path in (site.feed_path, f"/{site.id}/", world.of_site(site)[0].path):
        fresh = get(base + path)
        assert fresh.status == HTTPStatus.OK
        etag, modified = fresh.headers["ETag"], fresh.headers["Last-Modified"]
        earlier = format_datetime(parsedate_to_datetime(modified) - timedelta(seconds=1), usegmt=True)
        for known in (
            {"If_None_Match": etag},
            {"If_None_Match": f'"x", W/{etag}'},
            {"If_Modified_Since": modified},
        ):
            again = get(base + path, **known)
            assert (again.status, again.body) == (HTTPStatus.NOT_MODIFIED, b"")
        for stale in (
            {"If_None_Match": '"x"', "If_Modified_Since": modified},
            {"If_Modified_Since": earlier},
        ):
            assert get(base + path, **stale).status == HTTPStatus.OK


def test_an_unreadable_date_is_ignored(base: str) -> None:
    assert get(base + "/blog-en/feed/", If_Modified_Since="yesterday").status == HTTPStatus.OK


def test_head_answers_without_a_body(base: str) -> None:
    reply = get(base + "/blog-en/feed/", method="HEAD")
    assert reply.status == HTTPStatus.OK
    assert int(reply.headers["Content-Length"]) > 0
    assert reply.body == b""


def test_robots_allow_all_without_a_delay(base: str) -> None:
    robots = get(base + "/robots.txt").body.decode()
    assert "User-agent: *\nAllow: /" in robots
    assert "delay" not in robots.lower()


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.id)
def test_a_home_page_names_its_feed(base: str, site: Site) -> None:
    html = get(f"{base}/{site.id}/").body.decode()
    href = re.escape(base + site.feed_path)
    assert re.search(rf'<link rel="alternate" type="[^"]+" title="[^"]+" href="{href}">', html)
    assert NOTICE in html
    assert f"{base}{site.feed_path}" in get(base + "/").body.decode()


def test_a_page_beyond_the_last_is_404(base: str) -> None:
    assert get(base + "/blog-en/feed/?paged=99").status == HTTPStatus.NOT_FOUND
    assert get(base + "/nowhere").status == HTTPStatus.NOT_FOUND


def test_page_one_answers_by_its_number_too(base: str) -> None:
    assert get(base + "/blog-en/feed/?paged=1").body == get(base + "/blog-en/feed/").body


def test_all_three_formats_have_a_second_page(world: World) -> None:
    paged = {site.feed for site in SITES if len(world.of_site(site)) > PAGE_SIZE}
    assert paged == set(FeedFormat)


def test_the_port_is_free_again_after_the_block(world: World) -> None:
    with serve(world) as url:
        port = int(url.rsplit(":", 1)[1])
    with serve(world, port) as again:
        assert again == url
        assert get(again + "/robots.txt").status == HTTPStatus.OK


def test_truth_is_keyed_by_the_canonical_url(world: World, base: str) -> None:
    truth = truth_by_native_id(world, base)
    assert truth == {url: entry.truth for url, entry in by_url(world, base).items()}
    assert len(truth) == 300


def test_the_source_template_has_one_entry_a_site() -> None:
    template = (Path(demo.site.__file__).parent / "sources.yaml").read_text("utf-8")
    assert re.findall(r"^  - id: (\S+)$", template, re.M) == [site.id for site in SITES]
    assert re.findall(r'^    url: "\{base\}(\S+)"$', template, re.M) == [site.feed_path for site in SITES]
