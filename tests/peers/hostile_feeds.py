"""Feeds with something wrong in them, as bytes with the content type they are served under."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape

RSS = "application/rss+xml; charset=utf-8"


def item(number: int, *, guid: str = "", published: datetime | None = None, text: str = "Some words.") -> str:
    """One item of an RSS feed."""
    when = published or datetime(2026, 3, 1, 12, number % 60, tzinfo=UTC)
    return (
        f"<item><title>Item {number}</title><link>http://example.org/{number}</link>"
        f"<guid isPermaLink='false'>{escape(guid or f'item-{number}')}</guid>"
        f"<pubDate>{format_datetime(when)}</pubDate><description>{text}</description></item>"
    )


def rss(*items: str, encoding: str = "utf-8") -> str:
    """An RSS feed of the given items."""
    return (
        f"<?xml version='1.0' encoding='{encoding}'?><rss version='2.0'><channel><title>Hostile</title>"
        f"<link>http://example.org/</link><description>Faults</description>{''.join(items)}</channel></rss>"
    )


def laughs() -> str:
    """A few hundred bytes of entities that expand to three billion characters."""
    levels = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    return rss(item(1, text="&l9;")).replace("<rss", f"<!DOCTYPE rss [<!ENTITY l0 'lol'>{levels}]><rss", 1)


def external_entity() -> str:
    """An entity that asks the reader for a file of its own machine."""
    declared = "<!DOCTYPE rss [<!ENTITY own SYSTEM 'file:///etc/passwd'>]>"
    return rss(item(1, text="&own;")).replace("<rss", f"{declared}<rss", 1)


def feeds() -> dict[str, tuple[str, bytes]]:
    """Every feed by its name: content type and body."""
    good = rss(item(1), item(2), item(3))
    cyrillic = rss(item(1, text="Граница закрыта"))
    future = datetime.now(UTC) + timedelta(days=400)
    return {
        "good": (RSS, good.encode()),
        "cut": (RSS, good.encode()[: len(good) * 2 // 3]),
        "broken": (RSS, good.replace("</title>", "<title>").encode()),
        "wrong-encoding": (RSS, cyrillic.encode("cp1251")),
        "declared-encoding": (
            "application/rss+xml",
            cyrillic.replace("utf-8", "windows-1251").encode("cp1251"),
        ),
        "feed-as-html": ("text/html; charset=utf-8", good.encode()),
        "html-as-feed": (RSS, b"<!doctype html><html><body><h1>Maintenance</h1></body></html>"),
        "image-as-feed": (RSS, b"\x89PNG\r\n\x1a\n" + bytes(range(256))),
        "empty": (RSS, b""),
        "no-items": (RSS, rss().encode()),
        "duplicate-guids": (RSS, rss(item(1, guid="same"), item(2, guid="same"), item(3)).encode()),
        "no-guids": (
            RSS,
            rss(item(1), item(2)).replace("<guid isPermaLink='false'>", "<x>").replace("</guid>", "</x>").encode(),
        ),
        "future": (RSS, rss(item(1, published=future), item(2)).encode()),
        "no-dates": (RSS, rss(item(1), item(2)).replace("<pubDate>", "<pubDate>not a date ").encode()),
        "nul": (RSS, rss(item(1, text="a\0b &#0; c"), item(2)).encode()),
        "laughs": (RSS, laughs().encode()),
        "external-entity": (RSS, external_entity().encode()),
    }
