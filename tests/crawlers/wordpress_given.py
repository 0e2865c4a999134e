"""A source that reads WordPress's REST interface, and the posts that a poll of it in this process showed."""

from __future__ import annotations

from datetime import timedelta

from tests.crawlers.conftest import make_source
from tests.crawlers.stand_in import Run
from tests.crawlers.wordpress_site import API, SITE

POSTS = f"{API}wp/v2/posts"
HOUR = timedelta(hours=1)
SOURCE = make_source(SITE, wordpress=True)


def ids(run: Run) -> list[str]:
    return sorted(post.native_id.removeprefix(f"{SITE}/").strip("/") for post in run.posts)
