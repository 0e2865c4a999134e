"""The HTML pages of the demo sites: the list of sites, a home page a site, a page an entry.

An entry's page has what pages on the web have around an article (header, navigation, other headlines,
footer), so that reading it needs a real extraction. The notice that all is invented stands in header and
footer, outside the article.
"""

from __future__ import annotations

from html import escape

from demo.entries import NOTICE, Entry, FeedFormat, Site, World
from demo.feeds import Rendered, html_text

NEWEST_ON_HOME = 10
OTHERS_BESIDE = 4

FEED_TYPES = {
    FeedFormat.RSS: "application/rss+xml",
    FeedFormat.ATOM_NEXT: "application/atom+xml",
    FeedFormat.ATOM_ARCHIVE: "application/atom+xml",
    FeedFormat.JSON_FEED: "application/feed+json",
}


def make_page(site: Site, base: str, lang: str, head: str, main: str, beside: str) -> Rendered:
    """A whole page of a site."""
    direction = "rtl" if lang == "ar" else "ltr"
    name = escape(site.name)
    html = f"""<!DOCTYPE html>
<html lang="{lang}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{head}
{make_feed_link(site, base)}
</head>
<body>
<header class="site-header">
<p class="synthetic"><strong>{NOTICE}</strong></p>
<a class="brand" href="{base}/{site.id}/">{name}</a>
<nav><ul>
<li><a href="{base}/{site.id}/">Home</a></li>
<li><a href="{base}{site.feed_path}">Feed</a></li>
<li><a href="{base}/">All demo sites</a></li>
</ul></nav>
</header>
<main>
{main}
</main>
<aside class="sidebar"><h2>{name}</h2><ul>
{beside}
</ul></aside>
<footer><p>{NOTICE}</p></footer>
</body>
</html>
"""
    return Rendered("text/html; charset=utf-8", html.encode())


def make_feed_link(site: Site, base: str) -> str:
    """The head's pointer to a site's feed."""
    kind, href = FEED_TYPES[site.feed], base + site.feed_path
    return f'<link rel="alternate" type="{kind}" title="{escape(site.name)}" href="{href}">'


def make_link(entry: Entry, base: str) -> str:
    """A list item that leads to an entry."""
    words = entry.title or entry.author
    return f'<li><a href="{base}{entry.path}">{escape(words)}</a></li>'


def make_entry_page(world: World, site: Site, entry: Entry, base: str) -> Rendered:
    """The page of one entry."""
    title = entry.title or f"{entry.author}, {entry.published:%Y-%m-%d}"
    head = "\n".join(
        (
            f"<title>{escape(title)} | {escape(site.name)}</title>",
            f'<link rel="canonical" href="{base}{entry.path}">',
            f'<meta name="author" content="{escape(entry.author)}">',
            f'<meta property="article:published_time" content="{entry.published.isoformat()}">',
        )
    )
    headline = f"<h1>{escape(entry.title)}</h1>\n" if entry.title else ""
    main = (
        f'<article lang="{entry.lang}">\n{headline}'
        f'<p class="byline"><span class="author">{escape(entry.author)}</span> '
        f'<time datetime="{entry.published.isoformat()}">{entry.published:%Y-%m-%d %H:%M}</time></p>\n'
        f'<div class="entry-content">{html_text(entry.text)}</div>\n</article>'
    )
    others = [other for other in world.of_site(site) if other != entry][:OTHERS_BESIDE]
    return make_page(site, base, entry.lang, head, main, "\n".join(make_link(other, base) for other in others))


def make_home(world: World, site: Site, base: str) -> Rendered:
    """The home page of a site, with the address of its feed in the head."""
    newest = world.of_site(site)[:NEWEST_ON_HOME]
    title = f"<title>{escape(site.name)} (synthetic demo)</title>"
    head = f'{title}\n<link rel="canonical" href="{base}/{site.id}/">'
    main = f"<h1>{escape(site.name)}</h1>\n<ul>\n" + "\n".join(make_link(entry, base) for entry in newest) + "\n</ul>"
    return make_page(site, base, site.lang or "en", head, main, f"<li>{NOTICE}</li>")


def make_list_of_sites(world: World, base: str) -> Rendered:
    """The page at the root: every site and its feed."""
    feeds = "\n".join(make_feed_link(site, base) for site in world.sites)
    links = "\n".join(f'<li><a href="{base}/{site.id}/">{escape(site.name)}</a></li>' for site in world.sites)
    html = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>Daymark demo sites</title>\n{feeds}\n</head>\n<body>\n"
        f"<h1>Daymark demo sites</h1>\n<p><strong>{NOTICE}</strong></p>\n"
        f"<ul>\n{links}\n</ul>\n</body>\n</html>\n"
    )
    return Rendered("text/html; charset=utf-8", html.encode())
