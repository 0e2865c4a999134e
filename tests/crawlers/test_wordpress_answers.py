"""Which interface a site has and what it answers: refusals, other shapes, and parameters that it does not heed."""

from __future__ import annotations

import pytest

from config import RobotsTag
from crawlers.job import _result
from crawlers.platforms.wordpress.items import find_api, rest_url
from tests.crawlers.stand_in import NOW, Answer, read
from tests.crawlers.wordpress_given import HOUR, POSTS, SOURCE, ids
from tests.crawlers.wordpress_site import API, LINK, SITE, FakeWordPress, make_item


@pytest.mark.parametrize(
    ("answer", "outcome", "words"),
    [
        (Answer(status=401), "blocked", "refuses"),
        (Answer(status=403), "blocked", "refuses"),
        (Answer("[]"), "empty", "no posts"),
        (Answer("<html>"), "failed", "no list"),
        (Answer('{"a": 1}'), "failed", "no list"),
        (Answer("[" * 100_000), "failed", "no list"),
        (Answer("[1, null, {}]"), "ok", ""),
        (Answer(status=404), "failed", "404"),
        (Answer("[]", headers={"X-Robots-Tag": "noindex"}), "robots_denied", "noindex"),
    ],
)
def test_what_the_interface_answers_has_a_name(answer: Answer, outcome: str, words: str) -> None:
    strict = SOURCE.model_copy(update={"robots_tag": RobotsTag.OBEY})
    run = read(strict, FakeWordPress(faults={POSTS: answer}).answers)
    assert run.outcome == outcome
    assert words in run.spider.message
    if answer.body == "[1, null, {}]":
        assert (run.rejected, _result(run.spider, run.tally, []).outcome) == (["bad_shape"] * 3, "failed")


def test_an_interface_that_moved_is_looked_for_again() -> None:
    site = FakeWordPress([make_item(1, NOW - HOUR)])
    first = read(SOURCE, site.answers)
    lost = read(SOURCE, {**site.answers, POSTS: Answer(status=404)}, before=first)
    assert lost.outcome == "failed"
    assert SITE in read(SOURCE, site.answers, before=lost).asked


@pytest.mark.parametrize(
    "page",
    [
        Answer("<html></html>"),
        Answer("<html>", headers={"Link": '<https://a.example/wp-json/>; rel="https://api.w.org/"'}),
    ],
)
def test_a_site_without_an_interface_of_its_own_is_said(page: Answer) -> None:
    run = read(SOURCE, {SITE: page})
    assert (run.outcome, run.asked) == ("failed", [SITE])
    assert "read its feed instead" in run.spider.message


def test_a_server_that_knows_no_modified_after_is_noticed() -> None:
    site = FakeWordPress([make_item(n, NOW - n * 48 * HOUR) for n in range(1, 6)], ignored=("modified_after",))
    first = read(SOURCE, site.answers)
    second = read(SOURCE, site.answers, before=first, started=NOW + HOUR)
    assert (second.outcome, second.tally.counts["edits_unseen"], ids(second)) == ("ok", 1, ["1"])
    deaf = FakeWordPress(site.posts, ignored=("after", "modified_after"))
    third = read(SOURCE, deaf.answers, before=first, started=NOW + HOUR)
    assert (third.outcome, "does not heed after" in third.spider.message) == ("failed", True)


@pytest.mark.parametrize(
    ("url", "links", "body", "root"),
    [
        (f"{SITE}/wp-json/wp/v2/posts?x=1", (), b"", API),
        (f"{SITE}/blog/wp-json", (), b"", f"{SITE}/blog/wp-json/"),
        (f"{SITE}/index.php?rest_route=/wp/v2/posts", (), b"", f"{SITE}/index.php?rest_route=/"),
        (SITE, (LINK["Link"],), b"", API),
        (SITE, ('<x>; rel="next", </wp-json/>; rel=https://api.w.org/',), b"", API),
        (SITE, (), b"<link rel='https://api.w.org/' href='/wp-json/'>", API),
        (SITE, ("<javascript:x>; rel=https://api.w.org/",), b"<p>", None),
    ],
)
def test_the_root_is_found_where_it_is_named(url: str, links: tuple[str, ...], body: bytes, root: str | None) -> None:
    assert find_api(links, body, url) == root


def test_addresses_of_both_kinds_of_links() -> None:
    assert rest_url(API, "wp/v2/posts", {"page": "2"}) == f"{API}wp/v2/posts?page=2"
    plain = rest_url(f"{SITE}/?rest_route=/", "wp/v2/posts", {"after": "2026-01-01T00:00:00Z"})
    assert plain == f"{SITE}/?rest_route=/wp/v2/posts&after=2026-01-01T00:00:00Z"
