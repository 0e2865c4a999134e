"""The register's door: what platform an address is on, and how it is read. One row a platform, in ROWS.

1. by its address      hosts and path of a row
2. as a feed           by the address's own words (/feed, .rss, ...)
3. by what is there    one polite look (crawlers/discovery.py), then the signs of the software that a row knows
4. by a linked feed    whatever the software is

A kind that has no spider yet is recognised all the same and named; where the platform has a feed, that is taken instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit, urlunsplit

from config import SourceKind
from crawlers.page import Page

_FEED_PATH = re.compile(
    r"(?:^|/)(?:feed|rss|atom|feed\.php|external\.php)/?$|(?:\.(?:rss|atom|rdf)|/(?:feed|rss|atom|index|all|news)\.xml"
    r"|/feed\.json|/index\.rdf)$",
    re.IGNORECASE,
)
_COMMENTS = re.compile(
    r"/comments(?:/|\.|$)|feed=comments|comment|kommentar|commentaire|comentario|yorum|تعليق", re.IGNORECASE
)
_NAME = r"(?P<name>[^/?#]+)"


@dataclass(frozen=True)
class Row:
    """One platform. Parts of the address stand in ``fields`` and ``feed`` as {address}, {origin}, {name}, {q}."""

    platform: str
    kind: str
    hosts: tuple[str, ...] = ()
    """Recognised by the address alone; ``*`` for any host."""
    path: str = ""
    sign: str = ""
    """Recognised by what is there: a pattern over the signs of crawlers/page.py."""
    fields: Mapping[str, str] = field(default_factory=lambda: {"url": "{address}"})
    feed: str = ""
    """A feed of the same, for as long as its kind cannot be read."""
    is_keyed: bool = False
    is_person: bool = False
    """Whether ``noindex`` on the page is a person's word, and not a site's habit."""


_MASTODON = r"div#mastodon|script#initial-state"
_LEMMY = r"div\.lemmy-site|script:isodata"
_BLUESKY = "https://public.api.bsky.app"
_YOUTUBE_FEED = "https://www.youtube.com/feeds/videos.xml?channel_id={name}"

ROWS = (
    # By the address
    Row("Telegram channel", "telegram", ("t.me", "telegram.me"), r"/(?:s/)?(?P<name>[A-Za-z]\w{3,31})(?:/\d+)?/?",
        fields={"url": "https://t.me/{name}"}),
    Row("Bluesky account", "bluesky", ("bsky.app",), rf"/profile/{_NAME}(?:/.*)?",
        fields={"url": _BLUESKY, "account": "{name}"}, feed="https://bsky.app/profile/{name}/rss"),
    Row("Bluesky hashtag", "bluesky", ("bsky.app",), rf"/hashtag/{_NAME}/?", fields={"url": _BLUESKY, "query": "#{name}"}),
    Row("Bluesky search", "bluesky", ("bsky.app",), r"/search/?", fields={"url": _BLUESKY, "query": "{q}"}),
    Row("YouTube channel", "youtube", ("youtube.com",), r"/channel/(?P<name>UC[\w-]{22})(?:/.*)?",
        fields={"target": "channel:{name}"}, feed=_YOUTUBE_FEED, is_keyed=True),
    Row("YouTube", "youtube", ("youtube.com", "youtu.be"), r"/(?:@|watch|c/|user/|shorts/|playlist|[\w-]{11}$).*",
        is_keyed=True),
    Row("Reddit", "reddit", ("reddit.com",), r"/r/(?P<name>\w+)(?:/.*)?",
        fields={"target": "{name}"}, feed="https://www.reddit.com/r/{name}/.rss", is_keyed=True),
    Row("VK", "vk", ("vk.com", "vk.ru"), rf"/{_NAME}/?", fields={"target": "wall:{name}"}, is_keyed=True),
    Row("X", "x", ("x.com", "twitter.com"), rf"/{_NAME}.*", fields={"target": "from:{name}"}, is_keyed=True),
    Row("GDELT", "gdelt", ("api.gdeltproject.org",), r"/api/v2/doc/doc"),
    Row("Facebook", "import", ("facebook.com", "fb.com"), r"/.*"),
    Row("Instagram", "import", ("instagram.com",), r"/.*"),
    Row("TikTok", "import", ("tiktok.com",), r"/.*"),
    Row("WhatsApp", "import", ("whatsapp.com", "wa.me"), r"/.*"),
    Row("sitemap", "sitemap", ("*",), r".*sitemap[^/]*\.xml(?:\.gz)?"),
    # By what is there; a tag or an account of Mastodon before its home page
    Row("Mastodon tag", "mastodon", path=rf"/tags/{_NAME}/?", sign=_MASTODON, fields={"url": "{origin}", "tag": "{name}"}),
    Row("Mastodon account", "feeds", path=r"/(?P<name>@[^/?#@]+)/?", sign=rf"{_MASTODON}|generator:gotosocial",
        fields={"url": "{origin}/{name}.rss"}, is_person=True),
    Row("Mastodon instance", "mastodon", sign=rf"{_MASTODON}|script#initial-results|generator:gotosocial",
        fields={"url": "{origin}"}),
    Row("Discourse forum", "discourse", sign=r"generator:discourse", fields={"url": "{origin}"}, feed="{origin}/latest.rss"),
    Row("Lemmy community", "lemmy", path=rf"/c/{_NAME}/?", sign=_LEMMY, feed="{origin}/feeds/c/{name}.xml?sort=New"),
    Row("Lemmy instance", "lemmy", sign=_LEMMY, fields={"url": "{origin}"}, feed="{origin}/feeds/local.xml?sort=New"),
    Row("phpBB forum", "forum", sign=r"body#phpbb", fields={"url": "{address}", "engine": "phpbb"}),
    Row("XenForo forum", "forum", sign=r"html#(?:xf|xenforo)$", fields={"url": "{address}", "engine": "xenforo"}),
    Row("vBulletin forum", "forum", sign=r"generator:vbulletin", fields={"url": "{address}", "engine": "vbulletin"}),
    Row("MyBB forum", "forum", sign=r"script:my_post_key", fields={"url": "{address}", "engine": "mybb"}),
    Row("SMF forum", "forum", sign=r"script:smf_scripturl", fields={"url": "{address}", "engine": "smf"}),
    Row("django-machina forum", "forum", sign=r"css:.*/machina", fields={"url": "{address}", "engine": "machina"}),
    Row("WordPress site", "feeds", sign=r"link:https://api\.w\.org/|generator:wordpress", feed="{origin}/feed/"),
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """What an address was recognised as. ``feeds`` are those that it has, the best first."""

    platform: str
    kind: str
    fields: Mapping[str, str]
    feeds: tuple[str, ...] = ()
    is_keyed: bool = False

    @property
    def is_built(self) -> bool:
        """Whether there is a spider for its kind."""
        return self.kind in {kind.value for kind in SourceKind if kind is not SourceKind.IMPORT}

    def entry(self) -> dict[str, str]:
        """Kind, url and further fields for sources.yaml; those of a feed where its kind cannot be read as it is.

        Raises NotReadableError.
        """
        if self.feeds and (self.is_keyed or not self.is_built or self.kind == SourceKind.FEEDS):
            return {"kind": SourceKind.FEEDS.value, "url": self.feeds[0]}
        if self.kind == SourceKind.IMPORT:
            raise NotReadableError(
                f"{self.platform} is open to nobody: `daymark import` takes what you obtained lawfully"
            )
        if not self.is_built:
            raise NotReadableError(
                f"this is {self.platform}: its kind, {self.kind}, is not built yet, and it names no feed"
            )
        if self.is_keyed:
            raise NotReadableError(
                f"{self.platform} is read with a key of yours: write the entry into sources.yaml (kind: {self.kind}, target, "
                "credentials; see docs/sources.md)"
            )
        return {"kind": self.kind, **self.fields}


class NotReadableError(Exception):
    """There is no way in which the address could be read; the message says why."""


def detect_address(url: str) -> Finding | None:
    """What the address alone tells; None where one has to look."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.").removeprefix("old.")
    for row in ROWS:
        is_there = host in row.hosts or "*" in row.hosts
        match = re.fullmatch(row.path, parts.path or "/") if is_there else None
        if match is not None:
            return _finding(row, url, parts, match.groupdict())
    query = parse_qs(parts.query)
    if _FEED_PATH.search(parts.path) or "feed" in query or query.get("type") == ["RSS2"]:
        return Finding("feed", SourceKind.FEEDS.value, {"url": url})
    return None


def detect_page(url: str, page: Page) -> Finding | None:
    """What is there: a feed, a platform that a row knows, or a page with feeds; None where nothing can be read.

    Raises NotReadableError for an account that does not want to be read.
    """
    if page.is_feed:
        return Finding("feed", SourceKind.FEEDS.value, {"url": url})
    parts = urlsplit(page.url)
    linked = tuple(dict.fromkeys((*_articles(page), *(feed.url for feed in page.feeds))))
    for row in ROWS:
        if not row.sign or not any(re.match(row.sign, sign) for sign in page.signs):
            continue
        match = re.fullmatch(row.path, parts.path) if row.path else re.match("", "")
        if match is not None and row.is_person and page.refusal:
            raise NotReadableError(f"{url} asks not to be read ({page.refusal})")
        if match is not None:
            found = _finding(row, page.url, parts, match.groupdict())
            if found.kind == SourceKind.FEEDS and not row.feed:
                return found
            # A feed that the page names is there for certain; the row's is the platform's habit.
            return replace(found, feeds=linked or found.feeds)
    return Finding("web site", SourceKind.FEEDS.value, {"url": linked[0]}, linked) if linked else None


def _articles(page: Page) -> Iterator[str]:
    for feed in page.feeds:
        if not _COMMENTS.search(f"{feed.url} {feed.title}"):
            yield feed.url


def _finding(row: Row, url: str, parts: SplitResult, named: Mapping[str, str]) -> Finding:
    origin = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
    query = parse_qs(parts.query).get("q", [""])[0]
    words = {"address": url, "origin": origin, "name": unquote(named.get("name", "")), "q": query}
    fields = {name: _fill(text, words) for name, text in row.fields.items()}
    feeds = (_fill(row.feed, {**words, "name": quote(words["name"], safe="@")}),) if row.feed else ()
    return Finding(row.platform, row.kind, fields, feeds, row.is_keyed)


def _fill(text: str, words: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: words[match[1]], text)
