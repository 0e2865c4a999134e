"""The table behind the register's door: one row a platform, by its addresses or by the signs of its software."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    """One platform. Parts of the address stand in ``fields`` and ``feed`` as {address}, {origin}, {name}, or as {q} and the like
    for a parameter of its query.
    """

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
    list_of_topics: str = ""
    """forum: what path and query of a list of topics hold; another page of the board (its front page, a topic) is not read."""


_NAME = r"(?P<name>[^/?#]+)"
_MASTODON = r"div#mastodon|script#initial-state"
_FEDIVERSE = rf"{_MASTODON}|script#initial-results|generator:gotosocial"
_LEMMY = r"div\.lemmy-site|script:isodata"
_BLUESKY = "https://public.api.bsky.app"
_YOUTUBE = ("youtube.com",)
_YOUTUBE_FEED = "https://www.youtube.com/feeds/videos.xml?channel_id={name}"
_VK = ("vk.com", "vk.ru")
_X = ("x.com", "twitter.com")
_NO_ACCOUNT = (
    r"(?!(?:home|explore|i|intent|settings|share|login|messages|notifications|search|hashtag|feed|im|video)(?:/|$))"
)


def _forum(platform: str, engine: str, sign: str, list_of_topics: str) -> Row:
    return Row(
        platform, "forum", sign=sign, fields={"url": "{address}", "engine": engine}, list_of_topics=list_of_topics
    )


ROWS = (
    # By the address
    Row("Telegram channel", "telegram", ("t.me", "telegram.me"), r"/(?:s/)?(?P<name>[A-Za-z]\w{3,31})(?:/\d+)?/?",
        fields={"url": "https://t.me/{name}"}),
    Row("Bluesky account", "bluesky", ("bsky.app",), rf"/profile/{_NAME}(?:/.*)?",
        fields={"url": _BLUESKY, "account": "{name}"}, feed="https://bsky.app/profile/{name}/rss"),
    Row("Bluesky hashtag", "bluesky", ("bsky.app",), rf"/hashtag/{_NAME}/?", fields={"url": _BLUESKY, "query": "#{name}"}),
    Row("Bluesky search", "bluesky", ("bsky.app",), r"/search/?", fields={"url": _BLUESKY, "query": "{q}"}),
    Row("YouTube channel", "youtube", _YOUTUBE, r"/channel/(?P<name>UC[\w-]{22})(?:/.*)?",
        fields={"target": "channel:{name}"}, feed=_YOUTUBE_FEED, is_keyed=True),
    Row("YouTube channel's feed", "youtube", _YOUTUBE, r"/feeds/videos\.xml",
        fields={"target": "channel:{channel_id}"}, feed="{address}", is_keyed=True),
    Row("YouTube video", "youtube", _YOUTUBE, r"/watch/?", fields={"target": "video:{v}"}, is_keyed=True),
    Row("YouTube short", "youtube", _YOUTUBE, r"/(?:shorts|live|embed)/(?P<name>[\w-]{6,20})/?",
        fields={"target": "video:{name}"}, is_keyed=True),
    Row("YouTube video's short link", "youtube", ("youtu.be",), r"/(?P<name>[\w-]{6,20})/?",
        fields={"target": "video:{name}"}, is_keyed=True),
    Row("Reddit", "reddit", ("reddit.com",), r"/r/(?P<name>\w+)(?:/.*)?",
        fields={"target": "{name}"}, feed="https://www.reddit.com/r/{name}/.rss", is_keyed=True),
    Row("VK community", "vk", _VK, r"/(?:public|club|event)(?P<name>\d{1,15})/?",
        fields={"target": "wall:-{name}"}, is_keyed=True),
    Row("VK wall", "vk", _VK, r"/(?:wall|id)(?P<name>-?\d{1,15})(?:_\d+)?/?", fields={"target": "wall:{name}"}, is_keyed=True),
    Row("VK", "vk", _VK, rf"/{_NO_ACCOUNT}{_NAME}/?", fields={"target": "wall:{name}"}, is_keyed=True),
    Row("X search", "x", _X, r"/search/?", fields={"target": "{q}"}, is_keyed=True),
    Row("X hashtag", "x", _X, rf"/hashtag/{_NAME}/?", fields={"target": "#{name}"}, is_keyed=True),
    Row("X", "x", _X, rf"/{_NO_ACCOUNT}(?P<name>\w{{1,15}})(?:/.*)?", fields={"target": "from:{name}"}, is_keyed=True),
    Row("GDELT", "gdelt", ("api.gdeltproject.org",), r"/api/v2/doc/doc"),
    Row("Facebook", "import", ("facebook.com", "fb.com"), r"/.*"),
    Row("Instagram", "import", ("instagram.com",), r"/.*"),
    Row("TikTok", "import", ("tiktok.com",), r"/.*"),
    Row("WhatsApp", "import", ("whatsapp.com", "wa.me"), r"/.*"),
    Row("sitemap", "sitemap", ("*",), r".*sitemap[^/]*\.xml(?:\.gz)?"),
    # By what is there; a tag or an account of Mastodon before its other pages, of which one post is none that could be read
    Row("Mastodon tag", "mastodon", path=rf"(?:/web|/deck)?/tags?/{_NAME}/?", sign=_FEDIVERSE,
        fields={"url": "{origin}", "tag": "{name}"}),
    Row("Mastodon account", "feeds", path=r"(?:/web|/deck)?/(?P<name>@[^/?#@]+)/?", sign=rf"{_MASTODON}|generator:gotosocial",
        fields={"url": "{origin}/{name}.rss"}, is_person=True),
    Row("Mastodon instance", "mastodon", path=r"(?:/web|/deck)?/?(?:(?:explore|public|about|home|local|federated|auth)(?:/.*)?)?",
        sign=_FEDIVERSE, fields={"url": "{origin}"}),
    Row("Discourse forum", "discourse", sign=r"generator:discourse", fields={"url": "{origin}"}, feed="{origin}/latest.rss"),
    Row("Lemmy community", "lemmy", path=rf"/c/{_NAME}/?", sign=_LEMMY, feed="{origin}/feeds/c/{name}.xml?sort=New"),
    Row("Lemmy instance", "lemmy", path=r"/?(?:(?:communities|home|all|local|search|instances)(?:/.*)?)?", sign=_LEMMY,
        fields={"url": "{origin}"}, feed="{origin}/feeds/local.xml?sort=New"),
    _forum("phpBB forum", "phpbb", r"body#phpbb", r"/viewforum\.php\?|-f\d+(?:/|\.html|$)"),
    _forum("XenForo forum", "xenforo", r"html#(?:xf|xenforo)$", r"/(?:forums|categories)/[^/]+\.\d+"),
    _forum("vBulletin 3 forum", "vbulletin3", r"generator:vbulletin 3", r"forumdisplay\.php"),
    # No selectors of ours read it: it is named, and read by its feed where its page links one.
    Row("vBulletin 5 forum", "vbulletin5", sign=r"generator:vbulletin [56]"),
    _forum("vBulletin 4 forum", "vbulletin", r"generator:vbulletin", r"forumdisplay\.php|/forums?/\d+-"),
    _forum("MyBB forum", "mybb", r"script:my_post_key", r"forumdisplay\.php|/forum-[\w-]+"),
    _forum("SMF forum", "smf", r"script:smf_scripturl", r"[?;/]board[=,]\d+"),
    _forum("django-machina forum", "machina", r"css:.*/machina", r"/forum/[^/?]+-\d+/?\?"),
    Row("WordPress site", "feeds", sign=r"link:https://api\.w\.org/|generator:wordpress", feed="{origin}/feed/"),
)  # fmt: skip
