"""The politeness add-on: all of what Daymark promises about how it reads, as one bundle of Scrapy settings.

The settings are given the highest priority: there is deliberately no way to configure them away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawlers.politeness.addresses import ALLOWED_PRIVATE
from crawlers.politeness.gate import CAPS, PATIENCE
from crawlers.politeness.redirects import MAX_HOPS
from crawlers.politeness.robots import KEYED
from crawlers.politeness.waiting import CLOSED, LONGEST_PAUSE

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    from config import Source
    from crawlers.task import Task

_HERE = "crawlers.politeness"
_SCRAPY = "scrapy.downloadermiddlewares"

MIDDLEWARES: dict[str, int | None] = {
    f"{_SCRAPY}.robotstxt.RobotsTxtMiddleware": None,
    f"{_SCRAPY}.retry.RetryMiddleware": None,
    f"{_SCRAPY}.redirect.RedirectMiddleware": None,
    f"{_SCRAPY}.redirect.MetaRefreshMiddleware": None,
    f"{_SCRAPY}.httpproxy.HttpProxyMiddleware": None,
    f"{_SCRAPY}.httpcache.HttpCacheMiddleware": None,
    f"{_SCRAPY}.offsite.OffsiteMiddleware": None,
    f"{_HERE}.robots.FailClosedRobots": 100,
    f"{_HERE}.waiting.Waiting": 550,
    f"{_HERE}.redirects.CheckedRedirects": 600,
    f"{_HERE}.gate.Gate": 870,
}

PROMISES: dict[str, Any] = {
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
    "DOWNLOAD_HANDLERS": {"file": None, "data": None, "ftp": None, "s3": None},
    "DOWNLOAD_TIMEOUT": PATIENCE,
    "DOWNLOAD_FAIL_ON_DATALOSS": True,
    "REMOTE_CONTROL_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "HTTPCACHE_ENABLED": False,
    "HTTPPROXY_ENABLED": False,  # through a proxy the address check would see the proxy only
    "COOKIES_ENABLED": False,
    "METAREFRESH_ENABLED": False,
    "REDIRECT_MAX_TIMES": MAX_HOPS,
    "REFERRER_POLICY": "no-referrer",
    "CONCURRENT_REQUESTS": 4,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    "DOWNLOAD_DELAY_JITTER": 0.0,  # a delay that was asked for is a lower bound, not a mean
    "AUTOTHROTTLE_ENABLED": True,
    "AUTOTHROTTLE_MAX_DELAY": LONGEST_PAUSE,
    "EXTENSIONS": {
        # Not only switched off but not even imported.
        "scrapy.extensions.remote_control.RemoteControl": None,
        "scrapy.extensions.telnet.TelnetConsole": None,
        "scrapy.extensions.feedexport.FeedExporter": None,
        "scrapy.extensions.throttle.AutoThrottle": None,
        f"{_HERE}.throttle.FlooredThrottle": 0,
    },
    "DOWNLOADER_MIDDLEWARES": MIDDLEWARES,
    "ROBOTSTXT_OBEY": True,
}


class PolitenessAddon:
    """Scrapy add-on; ``update_pre_crawler_settings`` holds what the process itself reads."""

    @classmethod
    def update_pre_crawler_settings(cls, settings: BaseSettings) -> None:
        """Puts the address check in the place of the process's resolver."""
        settings.set("TWISTED_DNS_RESOLVER", f"{_HERE}.addresses.GuardedResolver", priority="cmdline")

    def update_settings(self, settings: BaseSettings) -> None:
        """Sets every promise, over whatever was set before."""
        for name, value in PROMISES.items():
            settings.set(name, value, priority="cmdline")


def source_settings(task: Task) -> dict[str, Any]:
    """The settings that differ from source to source: who we are, how fast, how much, where."""
    source, limits = task.source, task.source.limits
    host = (urlsplit(task.url).hostname or "").lower()
    return {
        "ADDONS": {PolitenessAddon: 0},
        "USER_AGENT": task.user_agent,
        "DEFAULT_REQUEST_HEADERS": {"Accept": "*/*", **_languages(source.languages)},
        "DOWNLOAD_DELAY": source.delay,
        "AUTOTHROTTLE_START_DELAY": source.delay,
        "DOWNLOAD_SLOTS": {host: {"concurrency": 1, "delay": source.delay, "jitter": 0.0}},
        "DOWNLOAD_MAXSIZE": limits.body_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        CAPS: limits.model_dump(include={"requests", "bytes", "seconds", "body_bytes"}),
        CLOSED: task.closed,
        KEYED: source.is_keyed,
        ALLOWED_PRIVATE: _own_addresses(source) if source.allow_private else [],
    }


def _languages(languages: tuple[str, ...]) -> dict[str, str]:
    return {"Accept-Language": ", ".join(languages)} if languages else {}


def _own_addresses(source: Source) -> list[tuple[str, int]]:
    urls = (source.url, source.appview) if source.is_stream else (source.url,)
    return [
        ((parts.hostname or "").lower(), parts.port or (443 if parts.scheme in ("https", "wss") else 80))
        for parts in map(urlsplit, urls)
    ]
