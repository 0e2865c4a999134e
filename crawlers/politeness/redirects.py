"""Redirects: http and https only, five hops at most, and which of them are permanent.

Every hop passes the whole chain again: address check, robots.txt of its host, caps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest

from crawlers.errors import Refused
from crawlers.outcome import Outcome

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.http import Response

MAX_HOPS = 5
"""As RFC 9309 asks for robots.txt; honest chains are shorter."""
_PERMANENT = (301, 308)
_OF_ONE_HOST = ("download_slot", "tries")
"""What Scrapy and Waiting note on a request; Scrapy copies it to the request that follows a redirect."""


class CheckedRedirects(RedirectMiddleware):
    """Scrapy's redirects, with refusals that have a name."""

    def process_response(
        self,
        request: Request,
        response: Response,
        spider: Spider | None = None,  # noqa: ARG002 # Scrapy's signature; it no longer gives it
    ) -> Request | Response:
        """Follows a redirect. Raises Refused for another scheme or too many hops."""
        location = response.headers.get("Location")
        if location and 300 <= response.status < 400:
            target = urljoin(request.url, location.decode("latin-1").strip())
            if urlsplit(target).scheme not in ("http", "https"):
                raise Refused(
                    Outcome.BLOCKED, f"{urlsplit(request.url).netloc} redirects to {target[:60]}: not followed"
                )
        try:
            followed: Request | Response = super().process_response(request, response)
        except Refused:
            raise
        except IgnoreRequest as exc:
            raise Refused(Outcome.FAILED, f"{request.url[:200]}: more than {MAX_HOPS} redirects") from exc
        if followed is not response:
            # Another host has a slot, a delay and tries of its own.
            for name in _OF_ONE_HOST:
                followed.meta.pop(name, None)
        return followed


def moved_to(request: Request) -> str | None:
    """Where an unbroken run of permanent redirects has led, or None.

    A fall from https to http is followed but never remembered.
    """
    urls = [*request.meta.get("redirect_urls", ()), request.url]
    target = None
    for status, start, end in zip(request.meta.get("redirect_reasons", ()), urls, urls[1:], strict=False):
        if status not in _PERMANENT or (start.startswith("https:") and end.startswith("http:")):
            break
        target = end
    return target
