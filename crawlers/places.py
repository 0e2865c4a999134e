"""The public places that a link can lead to, and that could be sources. One row a kind of place, in PLACES.

Known are channels, communities, boards, hashtags, feeds, and accounts of Bluesky and Mastodon that their address alone tells to
be an organisation's (crawlers/organisations.py). A link that could lead to a person is none, whatever else it could be
(docs/decisions/0016): every other account, and `t.me/NAME`, which can be somebody's contact. A Telegram channel is known by a
link to one of its messages or to its preview, which persons and bots have not. Invitations are not public, and no row knows them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, unquote, urlsplit

from config import Source, SourceKind, load_catalogue
from crawlers.detect import is_feed_address
from crawlers.organisations import (
    ACCOUNT_HOSTS,
    OF_A_PERSON,
    is_organisations_account,
    is_organisations_handle,
    plain_host,
    sites_of,
)
from crawlers.urls import canonical_url, host_of
from ledger import CitedPlace

Hosts = Mapping[str, Collection[str]]
"""Hosts that are known to be of a platform, by its word: ``fediverse`` and ``lemmy``. ``organisations``: the domains of outlets
and organisations, by which their own accounts are known."""

LONGEST = 300
"""Characters of an address: longer ones are tracking, not places."""
_NAME = r"(?P<name>[^/?#]{1,100})"
_BASE = r"(?P<base>(?:/[\w.-]+){0,4})"
# t.me has pages of its own beside channels: stickers, folders, invitations, boosts.
_OTHER = r"(?!(?:joinchat|add\w+|share|proxy|socks|login|invoice|boost|contact|giftcode|setlanguage|confirmphone)/)"
_CHANNEL = rf"{_OTHER}(?P<name>[A-Za-z]\w{{3,31}})"
_TELEGRAM = ("t.me", "telegram.me")
_VK = ("vk.com", "vk.ru")
_ACCOUNT = re.compile(r"https://(?:bsky\.app/profile/[^/?#]+|[^/?#]+/@\w+)")
_FIRST_LABELS = {"fediverse": ("mastodon", "mstdn"), "lemmy": ("lemmy",)}
"""How many servers of a platform begin their names."""


@dataclass(frozen=True)
class PlaceRow:
    """One kind of place. ``address`` is made of {host}, {base} (what stands in the path before) and {name}."""

    platform: str
    address: str
    path: str
    hosts: tuple[str, ...] = ()
    """Empty: any host but those of accounts."""
    on_known_hosts: bool = False
    """Whether the host must be known as one of its platform: elsewhere the same path means something else."""
    query: str = ""
    """A parameter that must be there, with a number, which is {name}."""
    is_account: bool = False
    """An account: only where it is an organisation's."""


PLACES = (
    PlaceRow("telegram", "https://t.me/{name}", rf"/s/{_CHANNEL}(?:/.*)?", _TELEGRAM),
    PlaceRow("telegram", "https://t.me/{name}", rf"/{_CHANNEL}/\d+(?:/.*)?", _TELEGRAM),
    PlaceRow("reddit", "https://www.reddit.com/r/{name}", r"/r/(?P<name>(?!u_)\w{2,50})(?:/.*)?", ("reddit.com",)),
    PlaceRow("vk", "https://vk.com/public{name}", r"/(?:public|club|wall-)(?P<name>\d{1,15})(?:_\d+)?/?", _VK),
    PlaceRow("bluesky", "https://bsky.app/hashtag/{name}", rf"/hashtag/{_NAME}/?", ("bsky.app",)),
    PlaceRow("bluesky", "https://bsky.app/profile/{name}", rf"/profile/{_NAME}(?:/(?:post/\w+|rss))?/?", ("bsky.app",),
             is_account=True),
    PlaceRow("fediverse", "https://{host}/@{name}",
             r"(?:/web|/deck)?/(?:@|users/)(?P<name>\w{1,30})(?:\.rss|/(?:statuses/)?\d+)?/?", is_account=True),
    PlaceRow("fediverse", "https://{host}/tags/{name}", rf"(?:/web|/deck)?/tags?/{_NAME}/?", on_known_hosts=True),
    PlaceRow("lemmy", "https://{host}/c/{name}", r"/c/(?P<name>\w{2,60}(?:@[\w.-]{3,100})?)/?", on_known_hosts=True),
    PlaceRow("forum", "https://{host}{base}/viewforum.php?f={name}", rf"{_BASE}/view(?:forum|topic)\.php", query="f"),
    PlaceRow("forum", "https://{host}{base}/forumdisplay.php?fid={name}", rf"{_BASE}/forumdisplay\.php", query="fid"),
    PlaceRow("forum", "https://{host}{base}/forumdisplay.php?f={name}", rf"{_BASE}/forumdisplay\.php", query="f"),
    PlaceRow("forum", "https://{host}{base}/index.php?board={name}.0", rf"{_BASE}/index\.php", query="board"),
    PlaceRow("forum", "https://{host}{base}/forums/{name}/",
             r"(?P<base>(?:/[\w-]+){0,3})/forums/(?P<name>[\w%-]{1,100}\.\d{1,9})(?:/.*)?"),
    PlaceRow("discourse", "https://{host}", r"/t/[\w%-]{3,200}/(?P<name>\d{1,9})(?:/\d+)?/?"),
)  # fmt: skip
_IN_SMALL_LETTERS = frozenset({"telegram", "reddit", "bluesky", "fediverse", "lemmy"})
"""Platforms where names differ in no other way than by their letters' case."""


def place_at(url: str, hosts: Hosts | None = None) -> CitedPlace | None:
    """The place that an address leads to or into; None for what is none, or could be a person's. Never raises."""
    try:
        parts = urlsplit(url)
        plain = parts.port is None and parts.username is None
    except ValueError:
        return None
    host = re.sub(r"^(?:www|m|old|new|np)\.", "", host_of(url))
    if "." not in host or not plain or parts.scheme not in ("http", "https"):
        return None
    for row in PLACES:
        if host not in row.hosts if row.hosts else host in ACCOUNT_HOSTS:
            continue
        match = re.fullmatch(row.path, parts.path, re.ASCII)
        if match is None or (row.on_known_hosts and not _is_known(row.platform, host_of(url), hosts)):
            continue
        if row.is_account and not _is_organisations(row.platform, host_of(url), match["name"], hosts):
            continue
        named = match.groupdict()
        if row.query:
            named["name"] = parse_qs(parts.query).get(row.query, [""])[0].partition(".")[0]
        if not row.query or re.fullmatch(r"[0-9]{1,9}", named["name"]):
            at = plain_host(host_of(url)) if row.is_account else host_of(url)
            return _place(row, at, named.get("base") or "", named["name"])
    return _feed(url, host, parts.path)


def _is_known(platform: str, host: str, hosts: Hosts | None) -> bool:
    return host in (hosts or {}).get(platform, ()) or host.partition(".")[0] in _FIRST_LABELS[platform]


def _is_organisations(platform: str, host: str, name: str, hosts: Hosts | None) -> bool:
    sites = (hosts or {}).get("organisations", ())
    if platform == "bluesky":
        return is_organisations_handle(unquote(name).lower(), sites)
    return is_organisations_account(plain_host(host), name.lower(), sites)


def is_account(address: str) -> bool:
    """Whether the address of a place is an account's: an organisation's, since no other is a place."""
    return _ACCOUNT.fullmatch(address) is not None


def _place(row: PlaceRow, host: str, base: str, name: str) -> CitedPlace | None:
    spelled = unquote(name).lower() if row.platform in _IN_SMALL_LETTERS else unquote(name)
    address = row.address.format(host=host, base=base, name=quote(spelled, safe="@"))
    return CitedPlace(row.platform, address) if len(address) <= LONGEST else None


def _feed(url: str, host: str, path: str) -> CitedPlace | None:
    if host in ACCOUNT_HOSTS or host.startswith("nitter.") or OF_A_PERSON.search(path) or not is_feed_address(url):
        return None
    address = canonical_url(url)
    return CitedPlace("feeds", address) if address and len(address) <= LONGEST else None


def place_of(source: Source, hosts: Hosts | None = None) -> CitedPlace | None:
    """The place that an entry of the register reads, as links to it are known here; None where there is no such form.

    ``hosts``: of the whole register, by which accounts of its organisations are known; else of this entry alone.
    """
    target, query = source.target or "", source.query or ""
    address = source.url
    if source.kind is SourceKind.TELEGRAM:
        address = f"https://t.me/s/{source.channel}"
    elif source.kind is SourceKind.REDDIT:
        address = f"https://www.reddit.com/r/{target}"
    elif source.kind is SourceKind.VK and target.startswith("wall:-"):
        address = f"https://vk.com/public{target.removeprefix('wall:-')}"
    elif source.kind is SourceKind.MASTODON and source.tag:
        address = f"{source.url.rstrip('/')}/tags/{quote(source.tag)}"
    elif source.kind is SourceKind.BLUESKY and query.startswith("#"):
        address = f"https://bsky.app/hashtag/{quote(query.removeprefix('#'))}"
    elif source.kind is SourceKind.BLUESKY and source.account:
        address = f"https://bsky.app/profile/{source.account}"
    elif source.kind is SourceKind.DISCOURSE:
        return CitedPlace("discourse", f"https://{host_of(source.url)}")
    return place_at(address, known_hosts([source]) if hosts is None else hosts)


def known_hosts(sources: Collection[Source]) -> Hosts:
    """The hosts that the register reads as Mastodon or Lemmy, and the domains of organisations in it and in the shipped one."""
    words = {SourceKind.MASTODON: "fediverse", SourceKind.LEMMY: "lemmy"}
    found = {
        word: frozenset(host_of(source.url) for source in sources if source.kind is kind)
        for kind, word in words.items()
    }
    return {**found, "organisations": sites_of(sources) | _shipped_sites()}


@functools.cache
def _shipped_sites() -> frozenset[str]:
    return sites_of(load_catalogue().sources)
