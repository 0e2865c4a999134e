"""Which accounts are an organisation's, known by their address alone; all others could be a person's (docs/decisions/0016).

Bluesky   a domain as a handle can only be had by whoever controls that domain. Known are the domains of outlets and
          organisations of the register, and names that only institutions can register. Names below those are none: staff and
          members have them.
Mastodon  servers on which organisations alone have accounts; on a server of an outlet or organisation of the register, where
          staff may have accounts, too, the one account that is called like its domain.
The lists are those of organisations.yaml.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from config import Source, SourceKind
from crawlers.urls import host_of

ACCOUNT_HOSTS = (
    "bsky.app", "facebook.com", "instagram.com", "medium.com", "patreon.com", "reddit.com", "t.me", "telegram.me",
    "threads.net", "tiktok.com", "twitter.com", "vk.com", "vk.ru", "x.com", "youtu.be", "youtube.com",
)  # fmt: skip
"""Hosts of accounts: a feed there is a person's as easily as a place's."""
OF_A_PERSON = re.compile(r"/@|/~|/(?:u|user|users|author|profile|members?)/", re.IGNORECASE)
"""Paths of what belongs to one account of many on a site."""

_HANDLE = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,62}", re.ASCII)
_TECHNICAL = re.compile(r"^(?:www|rss|feeds?)\.")
_OWN_SITES = (SourceKind.FEEDS, SourceKind.SITEMAP)
"""Kinds whose address is the site of who writes there; that of the others is an interface, a platform or a board."""


class _Names(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    names: tuple[str, ...]
    why: str
    source: str


class _Server(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    why: str
    source: str
    accounts: tuple[str, ...] = ()


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    endings: tuple[_Names, ...]
    domains: tuple[_Names, ...]
    servers: tuple[_Server, ...]


@dataclass(frozen=True)
class _Known:
    endings: frozenset[str]
    domains: frozenset[str]
    servers: dict[str, frozenset[str]]


def is_organisations_handle(handle: str, sites: Collection[str]) -> bool:
    """Whether a handle of Bluesky, in small letters, is a domain of an organisation. ``sites``: those of the register."""
    # Names below bsky.social are for everybody, whatever the register says.
    if _HANDLE.fullmatch(handle) is None or handle.endswith(".bsky.social"):
        return False
    known = _known()
    return handle in sites or handle in known.domains | known.endings or handle.partition(".")[2] in known.endings


def is_organisations_account(server: str, name: str, sites: Collection[str]) -> bool:
    """Whether an account of a Mastodon server, both in small letters, is an organisation's."""
    accounts = _known().servers.get(server)
    if accounts is not None:
        return not accounts or name in accounts
    return any(is_within(server, site) and name == site.partition(".")[0] for site in sites)


def is_within(host: str, domain: str) -> bool:
    """Whether a host is a domain or lies below it."""
    return host == domain or host.endswith(f".{domain}")


def sites_of(sources: Iterable[Source]) -> frozenset[str]:
    """The domains on which outlets and organisations of the register write themselves."""
    return frozenset(site for source in sources if (site := _site(source)))


def _site(source: Source) -> str:
    if source.author_kind == "person" or source.kind not in _OWN_SITES or OF_A_PERSON.search(source.url):
        return ""
    site = _TECHNICAL.sub("", host_of(source.url))
    return site if "." in site and site not in ACCOUNT_HOSTS else ""


def plain_host(host: str) -> str:
    """A host in the letters that servers are asked by (``bawü.social`` is ``xn--baw-joa.social``)."""
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


@functools.cache
def _known() -> _Known:
    content = yaml.safe_load(Path(__file__).with_name("organisations.yaml").read_text("utf-8"))
    file = _File.model_validate(content)
    return _Known(
        endings=frozenset(name for entry in file.endings for name in entry.names),
        domains=frozenset(name for entry in file.domains for name in entry.names),
        servers={server.host: frozenset(name.lower() for name in server.accounts) for server in file.servers},
    )
