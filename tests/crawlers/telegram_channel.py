"""A channel's preview and the pages of its single messages, written by hand in the shape that other readers of the live pages
rely on (see crawlers/platforms/telegram/page.py), and served over HTTP by a Site. It pages as the preview does: PAGE messages,
the oldest first, `before` and `after` exclusive. All content is invented.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from urllib.parse import parse_qs, urlsplit

from tests.crawlers.site import Reply, Site

PAGE = 20
HTML = {"Content-Type": "text/html; charset=utf-8"}
NOT_FOUND = "Post not found"
OVERRIDE = Callable[[str], Reply | None]


def message(
    number: int,
    text: str | None,
    *,
    channel: str = "SampleChannel",
    at: datetime | None = None,
    views: str = "1.2K",
    edited: bool = False,
    before: str = "",
    after: str = "",
    more_class: str = "",
) -> str:
    """One message; ``text`` is HTML, ``before`` and ``after`` stand around it."""
    moment = (at or datetime.now(UTC)).isoformat(timespec="seconds")
    words = "" if text is None else f'<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>'
    return (
        f'<div class="tgme_widget_message text_not_supported_wrap {more_class} js-widget_message" data-post="{channel}/{number}" '
        'data-view="eyJ"><div class="tgme_widget_message_user"><a href="https://t.me/samplechannel"><i class='
        '"tgme_widget_message_user_photo" data-content="S"></i></a></div><div class="tgme_widget_message_bubble">'
        '<div class="tgme_widget_message_author accent_color"><a class="tgme_widget_message_owner_name" '
        'href="https://t.me/samplechannel"><span dir="auto">A sample of a channel</span></a></div>'
        f'{before}{words}{after}<div class="tgme_widget_message_footer compact js-message_footer">'
        '<div class="tgme_widget_message_info short js-message_info">'
        f'<span class="tgme_widget_message_views">{views}</span><span class="copyonly"> views</span>'
        f'<span class="tgme_widget_message_meta">{"edited &nbsp;" if edited else ""}<a class="tgme_widget_message_date" '
        f'href="https://t.me/{channel}/{number}"><time datetime="{moment}" class="time">12:00</time></a></span>'
        "</div></div></div></div>"
    )


def preview(*messages: str, head: str = "") -> str:
    """A page of the preview; without messages it says that there are none."""
    wrapped = "".join(
        f'<div class="tgme_widget_message_wrap js-widget_message_wrap">{one}</div>'
        for one in messages
        or ['<div class="tgme_widget_message_centered"><div class="tme_no_messages_found">No posts found</div></div>']
    )
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A sample</title>{head}</head><body>'
        '<div class="tgme_channel_info"><div class="tgme_channel_info_header_title">A sample of a channel</div>'
        '<div class="tgme_channel_info_description">Invented for a test</div></div>'
        f'<section class="tgme_channel_history js-message_history">{wrapped}</section></body></html>'
    )


def single(content: str) -> str:
    """The page of one message, made for embedding."""
    return f'<!DOCTYPE html><html><head><meta charset="utf-8"></head><body class="body_widget_post">{content}</body></html>'


def error(words: str) -> str:
    """What the page of a single message says where it shows none."""
    return single(f'<div class="tgme_widget_message_error" dir="auto">{escape(words)}</div>')


@dataclass
class Channel:
    """A channel on a Site; ``messages`` may change at any time, ``over`` may answer in its stead (None: it does not)."""

    site: Site
    name: str = "samplechannel"
    messages: dict[int, str] = field(default_factory=dict)
    over: OVERRIDE = field(default=lambda path: None)
    top: int = 4000

    def __post_init__(self) -> None:
        self.site.answers[f"/s/{self.name}"] = self._preview
        for number in range(1, self.top):
            self.site.answers[f"/{self.name}/{number}"] = self._single

    @property
    def url(self) -> str:
        """Where the preview is."""
        return f"{self.site.base_url}/s/{self.name}"

    def post(
        self, number: int, text: str | None = None, age: timedelta = timedelta(minutes=5), **fields: object
    ) -> None:
        """Sends or edits a message."""
        words = f"Message {number}" if text is None else text
        self.messages[number] = message(number, words, at=datetime.now(UTC) - age, **fields)  # type: ignore[arg-type]

    def asked_pages(self) -> list[str]:
        """The paths asked for since the last call, robots.txt left out."""
        paths = self.site.paths()
        self.site.asked.clear()
        return paths

    def page(self, before: int | None = None, after: int | None = None) -> str:
        """A page of the preview as it is now."""
        numbers = sorted(number for number in self.messages if (before or 10**9) > number > (after or 0))
        shown = numbers[:PAGE] if after is not None else numbers[-PAGE:]
        return preview(*(self.messages[number] for number in shown))

    def _preview(self, _: Mapping[str, str]) -> Reply:
        path = self.site.asked[-1][0]
        query = parse_qs(urlsplit(path).query)
        given = {name: int(query[name][0]) for name in ("before", "after") if name in query}
        return self.over(path) or (200, HTML, self.page(**given).encode())

    def _single(self, _: Mapping[str, str]) -> Reply:
        path = self.site.asked[-1][0]
        number = int(urlsplit(path).path.rpartition("/")[2])
        page = single(self.messages[number]) if number in self.messages else error(NOT_FOUND)
        return self.over(path) or (200, HTML, page.encode())
