"""The small readers: dates, URLs, texts, robots tags, waits, addresses."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml.html import fromstring

from crawlers.dates import read_date
from crawlers.platforms.mastodon.statuses import id_order
from crawlers.politeness.addresses import is_public
from crawlers.politeness.waiting import parse_wait
from crawlers.robots_tag import header_refuses, meta_refuses
from crawlers.texts import LINKS, alt_texts, hidden_links, one_line, plain_text
from crawlers.urls import canonical_url

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment", "fault"),
    [
        ("Mon, 02 Nov 2026 10:00:00 GMT", "2026-11-02T10:00", None),
        ("2026-11-02T10:00:00+03:00", "2026-11-02T07:00", None),
        ("2026-11-02", "2026-11-02T00:00", None),
        ("2 Nov 2026 10:00 EST", "2026-11-02T15:00", None),
        ("2026-11-21T11:00:00Z", "2026-11-21T11:00", None),
        ("2026-11-21T13:00:00Z", None, "future_date"),
        ("9999-12-31T23:59:59Z", None, "future_date"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None, "ancient_date"),
        ("0001-01-01", None, "ancient_date"),
        ("12345", None, "unreadable_date"),
        ("2026-11", None, "unreadable_date"),
        ("yesterday", None, "unreadable_date"),
        ("x" * 10_000, None, "unreadable_date"),
        ("", None, None),
        (None, None, None),
    ],
)
def test_dates(text: str, moment: str | None, fault: str | None) -> None:
    found, why = read_date(text, NOW)
    assert found == (datetime.fromisoformat(moment).replace(tzinfo=UTC) if moment else None)
    assert why == fault


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://News.example:443/a/../b//c?utm_source=x&fbclid=1&b=2&a=1#top", "https://news.example/b/c?a=1&b=2"),
        ("https://news.example/index.php?cid=4711", "https://news.example/index.php?cid=4711"),
        ("https://news.example/?article-4711", "https://news.example/?article-4711="),
        ("https://news.example/i.php?id=3&PHPSESSID=abc", "https://news.example/i.php?id=3"),
        ("https://news.example/modules.php?name=News&sid=4711", "https://news.example/modules.php?name=News&sid=4711"),
        ("https://news.example/?p=1&sid=" + "0af3" * 8, "https://news.example/?p=1"),
        ("https://news.example/a;jsessionid=1F.node2/b?c=1", "https://news.example/a/b?c=1"),
        ("https://news.example/a;JSESSIONID=2", "https://news.example/a"),
        ("https://news.example", "https://news.example/"),
        ("https://münchen.example/straße", "https://xn--mnchen-3ya.example/stra%C3%9Fe"),
        ("mailto:a@news.example", None),
        ("http://[::1", None),
        ("", None),
    ],
)
def test_urls(url: str, canonical: str | None) -> None:
    assert canonical_url(url) == canonical
    if canonical:
        assert canonical_url(canonical) == canonical, "a canonical URL stays as it is"


def test_texts() -> None:
    assert plain_text("<p>One<br>two</p><style>x{}</style><p>three &lt;3</p>") == "One\ntwo\n\nthree <3"
    assert plain_text("5 < 6 & 7 > 3") == "5 < 6 & 7 > 3"
    assert plain_text("a\x00b") == "a\ufffdb"
    assert one_line("<b>A\n title</b> &amp; more") == "A title & more"
    assert alt_texts("<p><img alt='a boat'><img alt=''><img alt='a boat'><img src=x></p>") == ["a boat"]


@pytest.mark.parametrize(
    ("values", "word"),
    [
        (["noindex, nofollow"], "noindex"),
        (["all"], None),
        (["nofollow", "NOAI"], "noai"),
        (["googlebot: noindex"], None),
        (["googlebot: noindex", "daymark: none"], "none"),
        (["unavailable_after: 25 Jun 2030 15:00:00 PST"], None),
        (["noindex, max-snippet: 20"], "noindex"),
        (["max-image-preview: none"], None),
        (["max-image-preview:none, max-snippet:-1 noindex"], "noindex"),
        (["googlebot: noindex, daymark: noindex"], "noindex"),
        (["googlebot: nofollow, noindex"], None),
        (["*: noai"], "noai"),
        (["unavailable_after: Fri, Jun 25 2030 15:00:00 PST, noindex"], "noindex"),
        ([], None),
    ],
)
def test_robots_headers(values: list[str], word: str | None) -> None:
    assert header_refuses(values) == word


def test_robots_meta_tags_are_read_like_the_header() -> None:
    page = '<html><head><meta name="{}" content="{}"></head></html>'
    assert meta_refuses(fromstring(page.format("robots", "index, max-image-preview: none"))) is None
    assert meta_refuses(fromstring(page.format("Daymark", "none"))) == "none"
    assert meta_refuses(fromstring(page.format("googlebot", "noindex"))) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("Fri, 20 Nov 2026 12:02:00 GMT", 120),
        ("2026-11-20T12:02:00.000Z", 120),
        (str(int(NOW.timestamp()) + 120), 120),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0),
    ],
)
def test_waits(value: str, seconds: float) -> None:
    assert parse_wait(value, NOW) == seconds


@pytest.mark.parametrize("value", ["", "soon", "-5", "1e9", "99999999999999999999"])
def test_waits_that_are_none(value: str) -> None:
    with pytest.raises(ValueError, match="not a time to wait"):
        parse_wait(value, NOW)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.1.2.3",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:db8::1",
        "not-an-address",
    ],
)
def test_addresses_that_are_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822", "::ffff:93.184.216.34"]
)
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(address)


def test_status_ids_sort_by_length_then_text() -> None:
    ids = ["99", "100", "01HZZZZZZZZZZZZZZZZZZZZZZZ", "01HAAAAAAAAAAAAAAAAAAAAAAA"]
    assert sorted(ids, key=id_order) == ["99", "100", ids[3], ids[2]]


@pytest.mark.parametrize(
    "character", ["\x01", "\x1f", "\x0c", "&#1;", "&#x1f", "&#1", "&#xffff;", "\uffff", "\ud800", "&#55296;"]
)
def test_what_lxml_reads_and_will_not_write_stops_no_run(character: str) -> None:
    assert plain_text(f"<div><script></script><body>{character} words</body></div>").endswith("words")


@pytest.mark.parametrize(
    ("anchor", "found"),
    [
        ('<a href="https://t.me/sample_contact">here</a>', ["https://t.me/sample_contact"]),
        ('<a href="mailto:ana@n.example">mail</a>', ["mailto:ana@n.example"]),
        ('<a href="https://n.example/a/long/one">https://n.example/a ... one</a>', ["https://n.example/a/long/one"]),
        ('<a href="https://n.example/x/">www.n.example/x</a>', []),
        ('<a href="https://b.example/topic">another topic</a>', []),
        ('<a href="/topic">another topic</a>', []),
        ('<a href="https://n.example/p.jpg"><img src="p.jpg"></a>', []),
        ('<a href="javascript:x()">x</a><a href="https://[bad">y</a><a>z</a>', []),
    ],
)
def test_a_link_says_where_it_leads(anchor: str, found: list[str]) -> None:
    markup = f"<p>Words {anchor}</p>"
    assert hidden_links(markup, plain_text(markup), "b.example") == found


def test_a_list_of_links_is_cut() -> None:
    markup = "".join(f'<a href="https://n.example/{n}">x</a>' for n in range(100))
    assert len(hidden_links(markup, "x", "b.example")) == LINKS
