"""An invented outlet for tests: its sitemaps in the forms that outlets use, and its article pages."""

from __future__ import annotations

from datetime import datetime

from tests.crawlers.site import article

NAMESPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)
HTML = {"Content-Type": "text/html; charset=utf-8"}


def urlset(*entries: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {NAMESPACES}>{"".join(entries)}</urlset>'


def index(*maps: tuple[str, str]) -> str:
    """Of (address, lastmod or nothing)."""
    inner = "".join(
        f"<sitemap><loc>{url}</loc>{f'<lastmod>{lastmod}</lastmod>' if lastmod else ''}</sitemap>"
        for url, lastmod in maps
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><sitemapindex {NAMESPACES}>{inner}</sitemapindex>'


def news(
    url: str, published: datetime | str, *, title: str = "A crossing", lastmod: str = "", keywords: str = ""
) -> str:
    when = published.isoformat() if isinstance(published, datetime) else published
    return (
        f"<url><loc>{url}</loc>{f'<lastmod>{lastmod}</lastmod>' if lastmod else ''}<news:news><news:publication>"
        f"<news:name>The Invented Herald</news:name><news:language>en</news:language></news:publication>"
        f"<news:publication_date>{when}</news:publication_date><news:title>{title}</news:title>"
        f"{f'<news:keywords>{keywords}</news:keywords>' if keywords else ''}</news:news>"
        f"<image:image><image:loc>{url}.jpg</image:loc></image:image></url>"
    )


def plain(url: str, lastmod: str = "") -> str:
    return f"<url><loc>{url}</loc>{f'<lastmod>{lastmod}</lastmod>' if lastmod else ''}</url>"


def undated(title: str = "Imprint", text: str = "We are here.") -> str:
    """A page that names no day of publication."""
    page = article(title, text)
    start = page.index("<meta property")
    return page[:start] + page[page.index("<meta name") :]
