"""What GDELT finds, over real HTTP: it lands like an article of the web, and is one with the sitemap's."""

from __future__ import annotations

from datetime import UTC, datetime

from ledger import Ledger, read_source
from tests.crawlers.conftest import Poll, make_source, posts
from tests.crawlers.gdelt_index import answer, listed
from tests.crawlers.outlet import news, undated, urlset
from tests.crawlers.site import Reply, Site, article


def test_what_gdelt_finds_lands_like_a_web_article_and_is_one_with_the_sitemaps(
    site: Site, poll: Poll, ledger: Ledger
) -> None:
    base, now = site.base_url, datetime.now(UTC)
    for path, text in {"/a/1": "One.", "/a/2": "Two."}.items():
        site.serve(path, article(text=text), Content_Type="text/html")
    site.serve("/a/3", undated("A vigil", "Hundreds came."), Content_Type="text/html")
    own = f"<link rel='canonical' href='{base}/a/4'>"
    site.serve("/a/4", article(head=own), Content_Type="text/html", X_Robots_Tag="noindex")
    site.serve("/robots.txt", "User-agent: *\nDisallow: /closed/\n")
    found = [listed(f"{base}{path}", now) for path in ("/a/1?utm_source=gdelt", "/a/2", "/a/3", "/a/4", "/closed/5")]

    def gdelt(_: object) -> Reply:
        return (
            200,
            {"Content-Type": "application/json"},
            answer(*found).replace('"language"', '\x02"language"').encode(),
        )

    site.answers["/api/v2/doc/doc"] = gdelt
    source = make_source(f"{base}/api/v2/doc/doc?query=boats", id="gdelt", kind="gdelt")
    first = poll(source)
    assert (first.outcome, first.counts["seen"], first.counts["new"]) == ("ok", 5, 3)
    assert first.not_landed == {"noindex": 1, "article_robots_denied": 1}
    stored = posts(ledger)
    assert set(stored) == {f"{base}/a/1", f"{base}/a/2", f"{base}/a/3"}
    assert (stored[f"{base}/a/1"]["platform"], stored[f"{base}/a/1"]["lang_hint"]) == ("web", "en")
    assert stored[f"{base}/a/3"]["title"] == "A vigil", "the page's own title"
    assert stored[f"{base}/a/3"]["published_estimated"], "when GDELT saw it is not when it appeared"

    site.serve("/news.xml", urlset(news(f"{base}/a/1", now), news(f"{base}/a/2", now)))
    both = poll(make_source(f"{base}/news.xml", id="map", kind="sitemap"))
    assert (both.counts["unchanged"], both.counts.get("new", 0)) == (2, 0)
    site.asked.clear()
    again = poll(source)
    assert (again.counts["unchanged"], again.counts.get("new", 0), len(posts(ledger))) == (4, 0, 3)
    assert [path for path in site.paths() if path.startswith("/a/")] == []

    site.answers["/api/v2/doc/doc"] = lambda _: (
        200,
        {"Content-Type": "text/html"},
        b"The specified query is not valid.",
    )
    mark = read_source(ledger, "gdelt").cursor["mark"]
    broken = poll(source)
    assert (broken.outcome, broken.window_from) == ("failed", None)
    assert broken.message == "GDELT gives no list: The specified query is not valid."
    assert read_source(ledger, "gdelt").cursor["mark"] == mark
