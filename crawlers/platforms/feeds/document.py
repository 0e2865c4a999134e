"""A feed's bytes -> its entries in one form, whatever the dialect and however broken.

1. JSON Feed                               feed_json.py
2. XML that parses strictly                feed_xml.py
3. XML that is broken or lies about        feed_broken.py, counted as ``broken_xml`` or ``wrong_encoding``
   its encoding, or declares entities
4. anything else                           NotAFeed
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawlers.platforms.feeds.broken import read_broken
from crawlers.platforms.feeds.encoding import right_encoding
from crawlers.platforms.feeds.entry import FeedDocument, FeedEntry, NotAFeed
from crawlers.platforms.feeds.json_feed import read_json
from crawlers.platforms.feeds.xml_feed import ParsersDisagree, read_xml, strict_root
from crawlers.tally import Tally

if TYPE_CHECKING:
    from scrapy.http import Response

__all__ = ["FeedDocument", "FeedEntry", "NotAFeed", "parse_feed", "read_feed"]

_HTML_START = re.compile(rb"\s*(?:<!--.{0,500}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)


def read_feed(response: Response, tally: Tally) -> FeedDocument:
    """The feed in a response; what is wrong with it is counted. Raises NotAFeed."""
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
    document = parse_feed(response.body, content_type, response.url)
    for problem in document.problems:
        tally.remark(problem)
    return document


def parse_feed(body: bytes, content_type: str, url: str) -> FeedDocument:
    """Reads a feed. The content type is only a hint: servers say text/html of feeds. Raises NotAFeed."""
    problems: list[str] = []
    if b"\x00" in body and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        body = body.replace(b"\x00", b"")
        problems.append("nul_bytes")
    if not body.strip():
        raise NotAFeed("the body is empty")
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return read_json(body, url, problems)
    if _HTML_START.match(body.lstrip(b"\xef\xbb\xbf")):
        raise NotAFeed("a web page, not a feed")
    body = right_encoding(body, problems)
    root = strict_root(body) if b"<!ENTITY" not in body else None
    if root is None:
        return read_broken(body, content_type, url, problems)
    try:
        return read_xml(root, url, problems)
    except ParsersDisagree:
        # The thorough parser decides.
        return read_broken(body, "", url, [*problems, "parsers_disagree"])
