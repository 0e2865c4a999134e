"""What platform an address is on: by the address, and by pages made after what each software writes into its own."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import Source, SourceKind
from crawlers.detect import Finding, NotReadableError, detect_address, detect_page
from crawlers.detect_rows import ROWS, Row
from crawlers.page import LinkedFeed, Page
from crawlers.platforms.articles.signs import read_page
from tests.crawlers.site import item, rss

HOME = "https://site.example/"
BASIS = {"id": "s", "purpose": "p", "legal_basis": "l"}


@pytest.mark.parametrize(
    ("url", "platform", "kind"),
    [
        ("https://t.me/s/invented_channel", "Telegram channel", "telegram"),
        ("https://t.me/invented_channel/17", "Telegram channel", "telegram"),
        ("https://bsky.app/profile/news.example.org", "Bluesky account", "bluesky"),
        ("https://bsky.app/profile/did:plc:abc/post/1", "Bluesky account", "bluesky"),
        ("https://bsky.app/search?q=boat", "Bluesky search", "bluesky"),
        ("https://www.youtube.com/channel/UC0123456789012345678901", "YouTube channel", "youtube"),
        (
            "https://www.youtube.com/feeds/videos.xml?channel_id=UC0123456789012345678901",
            "YouTube channel's feed",
            "youtube",
        ),
        ("https://youtu.be/abcdefghijk", "YouTube video's short link", "youtube"),
        ("https://old.reddit.com/r/immigration/top", "Reddit", "reddit"),
        ("https://vk.com/invented", "VK", "vk"),
        ("https://x.com/invented", "X", "x"),
        ("https://x.com/search?q=boat%20price&f=live", "X search", "x"),
        ("https://api.gdeltproject.org/api/v2/doc/doc?query=boat", "GDELT", "gdelt"),
        ("https://m.facebook.com/groups/1", "Facebook", "import"),
        ("https://news.example/sitemap-news.xml.gz", "sitemap", "sitemap"),
        ("https://news.example/feed", "feed", "feeds"),
        ("https://news.example/en/rss/", "feed", "feeds"),
        ("https://news.example/world.rss", "feed", "feeds"),
        ("https://news.example/feed.json", "feed", "feeds"),
        ("https://news.example/?feed=rss2", "feed", "feeds"),
    ],
)
def test_an_address_that_speaks_for_itself_is_not_asked(url: str, platform: str, kind: str) -> None:
    found = detect_address(url)
    assert found is not None
    assert (found.platform, found.kind) == (platform, kind)


@pytest.mark.parametrize(
    "url",
    ["https://news.example/", "https://news.example/feedback", "https://news.example/rss-for-you", "https://t.me/",
     "https://not-t.me/s/channel", "https://example.org/@someone", "https://www.reddit.com/", "https://www.youtube.com/@invented",
     "https://x.com/home", "https://x.com/i/lists/1", "https://vk.com/im", "https://www.youtube.com/"],
)  # fmt: skip
def test_an_address_that_says_nothing_is_looked_at(url: str) -> None:
    assert detect_address(url) is None


def html(head: str = "", body: str = "<p>x</p>", attributes: str = "", of_body: str = "") -> bytes:
    page = f"<!doctype html><html {attributes}><head>{head}</head><body {of_body}>{body}</body></html>"
    return page.encode()


def look(body: bytes, url: str = HOME) -> Finding | None:
    return detect_page(url, read_page(body, "text/html", url))


@pytest.mark.parametrize(
    ("body", "url", "platform", "kind"),
    [
        (html(body="<div class='notranslate app-holder' id='mastodon'></div>"), HOME, "Mastodon instance", "mastodon"),
        (html("<script id='initial-state' type='application/json'>{}</script>"), f"{HOME}tags/boats", "Mastodon tag",
         "mastodon"),
        (html("<script id='initial-state'>{}</script>"), f"{HOME}@someone", "Mastodon account", "feeds"),
        (html("<meta name='generator' content='gotosocial'>"), HOME, "Mastodon instance", "mastodon"),
        (html("<meta name='generator' content='Discourse 3.5.0 - https://discourse.org'>"), HOME, "Discourse forum",
         "discourse"),
        (html("<script>window.isoData = {}</script>"), f"{HOME}c/europe", "Lemmy community", "lemmy"),
        (html(body="<div id='app' class='lemmy-site'></div>"), HOME, "Lemmy instance", "lemmy"),
        (html(of_body="id='phpbb' class='nojs section-viewforum'"), f"{HOME}viewforum.php?f=3", "phpBB forum", "forum"),
        (html(attributes="id='XF' lang='en'"), f"{HOME}forums/visas.12/", "XenForo forum", "forum"),
        (html("<meta name='generator' content='vBulletin 4.2.2'>"), f"{HOME}forumdisplay.php?f=4", "vBulletin 4 forum", "forum"),
        (html("<meta name='generator' content='vBulletin'>"), f"{HOME}forums/4-visas", "vBulletin 4 forum", "forum"),
        (html("<meta name='generator' content='vBulletin 3.8.7'>"), f"{HOME}forumdisplay.php?f=4", "vBulletin 3 forum", "forum"),
        (html("<script>var my_post_key = 'x';</script>"), f"{HOME}forum-5.html", "MyBB forum", "forum"),
        (html("<script>var smf_scripturl = 'x';</script>"), f"{HOME}index.php?board=12.0", "SMF forum", "forum"),
        (html("<link rel='stylesheet' href='/static/machina/build/css/x.css'>"), f"{HOME}forum/visas-3/", "django-machina forum",
         "forum"),
        (html("<link rel='https://api.w.org/' href='/wp-json/'>"), HOME, "WordPress site", "feeds"),
    ],
)  # fmt: skip
def test_software_is_known_by_its_signs(body: bytes, url: str, platform: str, kind: str) -> None:
    found = look(body, url)
    assert found is not None
    assert (found.platform, found.kind) == (platform, kind)


def test_a_tag_and_an_account_of_mastodon_keep_their_names() -> None:
    mastodon = html(body="<div id='mastodon'></div>")
    tag = look(mastodon, f"{HOME}tags/g%C3%B6%C3%A7")
    assert tag is not None
    assert tag.entry() == {"kind": "mastodon", "url": "https://site.example", "tag": "göç"}
    account = look(mastodon, f"{HOME}@someone")
    assert account is not None
    assert account.entry() == {"kind": "feeds", "url": "https://site.example/@someone.rss"}


BOARD = html(of_body="id='phpbb' class='nojs section-index'")


def test_the_front_page_of_a_board_is_none_of_its_forums() -> None:
    for url in (HOME, f"{HOME}viewtopic.php?t=3"):
        with pytest.raises(NotReadableError, match="not the list of topics"):
            look(BOARD, url)
    fed = look(html(RSS_LINK.format("New posts", "/feed.php"), of_body="id='phpbb'"))
    assert fed is not None
    assert fed.entry() == {"kind": "feeds", "url": "https://site.example/feed.php"}


def test_each_version_of_vbulletin_has_its_own_selectors_or_none() -> None:
    def entry(version: str, path: str, head: str = "") -> dict[str, str]:
        found = look(html(f"<meta name='generator' content='vBulletin {version}'>{head}"), f"{HOME}{path}")
        assert found is not None
        return found.entry()

    assert entry("3.8.7", "forumdisplay.php?f=4")["engine"] == "vbulletin3"
    assert entry("4.2.5", "forums/4-visas")["engine"] == "vbulletin"
    for version in ("5.6.4", "6.0.1"):
        with pytest.raises(NotReadableError, match=r"vBulletin 5 forum.*not built yet"):
            entry(version, "forum/main/visas")
        fed = entry(version, "forum/main/visas", RSS_LINK.format("Visas", "/external.php?type=rss2"))
        assert fed == {"kind": "feeds", "url": "https://site.example/external.php?type=rss2"}


def test_one_post_of_mastodon_is_not_taken_for_its_server() -> None:
    mastodon = html(body="<div id='mastodon'></div>")
    for path in ("@someone/112233", "@someone@other.example", "@someone/following"):
        assert look(mastodon, f"{HOME}{path}") is None
    for path in ("", "explore", "public/local", "about", "web/home"):
        found = look(mastodon, f"{HOME}{path}")
        assert found is not None
        assert found.entry() == {"kind": "mastodon", "url": "https://site.example"}


CHANNEL = "UC0123456789012345678901"


@pytest.mark.parametrize(
    ("url", "target"),
    [
        (f"https://www.youtube.com/channel/{CHANNEL}/videos", f"channel:{CHANNEL}"),
        ("https://www.youtube.com/watch?v=abcdefghijk&t=3", "video:abcdefghijk"),
        ("https://youtu.be/abcdefghijk?si=x", "video:abcdefghijk"),
        ("https://www.youtube.com/shorts/abcdefghijk", "video:abcdefghijk"),
        ("https://vk.com/public123", "wall:-123"),
        ("https://m.vk.com/wall-123_45", "wall:-123"),
        ("https://vk.com/invented", "wall:invented"),
        ("https://x.com/search?q=boat%20lang%3Atr&src=typed", "boat lang:tr"),
        ("https://x.com/hashtag/boza", "#boza"),
        ("https://twitter.com/invented/status/1", "from:invented"),
        ("https://www.reddit.com/r/immigration/", "immigration"),
    ],
)
def test_with_a_key_an_address_becomes_the_target_of_its_kind(url: str, target: str) -> None:
    found = detect_address(url)
    assert found is not None
    entry = found.entry(with_key=True)
    assert entry["target"] == target
    assert Source.model_validate({**BASIS, **entry, "credentials": ["KEY", "OTHER"]}).target == target


def test_a_youtube_channel_is_known_by_the_feed_that_its_page_names() -> None:
    page = html(RSS_LINK.format("RSS", f"https://www.youtube.com/feeds/videos.xml?channel_id={CHANNEL}"))
    found = look(page, "https://www.youtube.com/@invented")
    assert found is not None
    assert found.entry(with_key=True) == {"kind": "youtube", "target": f"channel:{CHANNEL}"}
    assert found.entry()["kind"] == "feeds"


def test_an_account_that_does_not_want_to_be_read_is_not_offered() -> None:
    with pytest.raises(NotReadableError, match="noindex"):
        look(html("<meta name='robots' content='noindex'>", "<div id='mastodon'></div>"), f"{HOME}@someone")


RSS_LINK = "<link rel='alternate' type='application/rss+xml' title='{}' href='{}'>"


def test_a_home_page_leads_to_its_feed_and_not_to_its_comments() -> None:
    links = RSS_LINK.format("Comments", "/comments/feed/") + RSS_LINK.format("News", "/feed/")
    found = look(html(f"<base href='https://other.example/x/'>{links}"))
    assert found is not None
    assert found.entry() == {"kind": "feeds", "url": "https://other.example/feed/"}
    assert found.feeds == ("https://other.example/feed/", "https://other.example/comments/feed/")
    wordpress = look(html(f"<link rel='https://api.w.org/' href='/wp-json/'>{RSS_LINK.format('News', '/actu.xml')}"))
    assert wordpress is not None
    assert wordpress.entry()["url"] == "https://site.example/actu.xml", "what the page names, not what is usual"
    unnamed = look(html("<link rel='https://api.w.org/' href='/wp-json/'>"))
    assert unnamed is not None
    assert unnamed.entry()["url"] == "https://site.example/feed/"


def test_a_feed_is_a_feed_whatever_it_is_called() -> None:
    found = detect_page(HOME, read_page(rss(item(1)).encode(), "text/html", HOME))
    assert found is not None
    assert found.entry() == {"kind": "feeds", "url": HOME}


@pytest.mark.parametrize("body", [b"", b"words", b"\x89PNG\r\n", b"{}", html(), html("<link rel=alternate href=x>")])
def test_what_names_no_feed_is_nothing(body: bytes) -> None:
    assert look(body) is None


def test_what_has_no_spider_yet_is_named_and_its_feed_is_taken() -> None:
    plain = Finding("Invented forum", "invented", {"url": HOME})
    assert not plain.is_built
    with pytest.raises(NotReadableError, match="Invented forum: its kind, invented, is not built yet"):
        plain.entry()
    fed = Finding("Invented forum", "invented", {"url": HOME}, (f"{HOME}latest.rss",))
    assert fed.entry() == {"kind": "feeds", "url": f"{HOME}latest.rss"}
    with pytest.raises(NotReadableError, match="daymark import"):
        Finding("Facebook", "import", {"url": HOME}).entry()
    keyed = Finding("VK", "feeds", {"url": HOME}, is_keyed=True)
    with pytest.raises(NotReadableError, match="a key of yours"):
        keyed.entry()


def test_reddit_is_read_by_its_feed() -> None:
    found = detect_address("https://www.reddit.com/r/immigration/")
    assert found is not None
    assert found.entry() == {"kind": "feeds", "url": "https://www.reddit.com/r/immigration/.rss"}


BUILT = [row for row in ROWS if row.kind in set(SourceKind) - {SourceKind.IMPORT} and not row.is_keyed]


@pytest.mark.parametrize("row", BUILT, ids=lambda row: row.platform)
def test_the_entry_of_every_row_that_is_built_can_be_written(row: Row) -> None:
    """Each kind's own checks hold the row to the fields that its spider reads."""
    name = "invented" if row.kind == "telegram" else "name.example"
    fields = dict(row.fields)
    for word, value in {"{address}": HOME, "{origin}": HOME, "{name}": name, "{q}": "boat"}.items():
        fields = {field: text.replace(word, value) for field, text in fields.items()}
    assert Source.model_validate({**BASIS, "kind": row.kind, **fields}).url


def test_platform_names_are_unique() -> None:
    assert len({row.platform for row in ROWS}) == len(ROWS)


PIECES = st.sampled_from(
    ["<link rel=alternate type=application/rss+xml href='", "<meta name=generator content='", "<base href='", "http://[",
     "'>", "<html id=", "<script>", "\x00", "//", "é", "<!--", "javascript:x", "<body id=phpbb>", "&#0;", "%zz"]
)  # fmt: skip


@given(st.one_of(st.binary(max_size=400), st.lists(PIECES, max_size=30).map(lambda parts: "".join(parts).encode())))
def test_no_page_breaks_the_reader(body: bytes) -> None:
    page = read_page(body, "text/html", HOME)
    assert all(feed.url.startswith(("http://", "https://")) for feed in page.feeds)
    with contextlib.suppress(NotReadableError):
        detect_page(HOME, page)


@given(st.text(max_size=60))
def test_no_address_breaks_the_table(path: str) -> None:
    for host in ("t.me", "bsky.app", "youtube.com", "site.example"):
        detect_address(f"https://{host}/{path}")


def test_pages_of_many_signs_are_cut() -> None:
    page = read_page(html(body="".join(f"<div id='d{n}'></div>" for n in range(1000))), "text/html", HOME)
    assert len(page.signs) == 200
    assert Page(url=HOME, feeds=(LinkedFeed(url=HOME),)).feeds
