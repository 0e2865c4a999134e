"""The line that Reddit's feeds put below each submission: "submitted by /u/NAME [link] [comments]".

The name is the author's, who is known by a pseudonym alone, and no word of the post; the link may be what it is about.
"""

from __future__ import annotations

import re
from html import escape, unescape

from crawlers.urls import host_of

_BYLINE = re.compile(r"submitted by(?:\s|&#32;){0,20}<a href=\"https?://[a-z.]{0,20}reddit\.com/user/")
_LINK = re.compile(r"<a href=\"(https?://[^\"\s]{1,2000})\">\[link\]</a>")
_OWN = (".reddit.com", ".redd.it", ".redditmedia.com")


def without_byline(markup: str, address: str | None) -> str:
    """The markup of an entry at ``address`` without that line, and with the link if it leads elsewhere."""
    if address is None or not f".{host_of(address)}".endswith(".reddit.com"):
        return markup
    found = _BYLINE.search(markup)
    if found is None:
        return markup
    link = _LINK.search(markup, found.start())
    about = unescape(link[1]) if link else ""
    elsewhere = about and not f".{host_of(about)}".endswith(_OWN)
    return markup[: found.start()] + (f"<p>{escape(about)}</p>" if elsewhere else "")
