"""A forum that answers as Discourse does, by its source (posts_controller.rb, latest_posts_query.rb, post_serializer.rb);
Discourse itself wants a machine of its own. Over HTTP behind a Site, or as answers for stand_in.py.

What is deleted is in no list, and its lookup says 404; what its author deleted stays for a day as a stub with
``user_deleted``; what was flagged stays with ``hidden`` and other words. ``old``: `before` counts ids, not posts.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.crawlers.answering import Answering, in_json
from tests.crawlers.site import Reply

PAGE = 50


class Forum(Answering):
    """The posts by id; they may be changed at any time."""

    def __init__(self, *, old: bool = False) -> None:
        super().__init__()
        self.posts: dict[int, dict[str, Any]] = {}
        self.titles: dict[int, str] = {}
        self.old = old

    def write(
        self, number: int, age: timedelta = timedelta(minutes=5), now: datetime | None = None, **fields: Any
    ) -> None:
        """One post, in topic ``number // 10``; the first of a topic carries its title."""
        written = ((now or datetime.now(UTC)) - age).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        topic = number // 10 + 1
        self.titles.setdefault(topic, f"Topic {topic}")
        self.posts[number] = {
            "id": number,
            "name": "Ana Example",
            "username": "ana",
            "created_at": written,
            "cooked": f"<p>Words of post {number}.</p>",
            "post_number": number % 10 + 1,
            "post_type": 1,
            "updated_at": written,
            "reply_count": 0,
            "reply_to_post_number": None,
            "reads": 3,
            "topic_id": topic,
            "topic_slug": f"topic-{topic}",
            "version": 1,
            "actions_summary": [],
            "hidden": False,
            "deleted_at": None,
            "user_deleted": False,
            "edit_reason": None,
            "category_id": 4,
            "post_url": f"/t/topic-{topic}/{topic}/{number % 10 + 1}",
            **fields,
        }

    def edit(self, number: int, cooked: str) -> None:
        """Other words under the same id."""
        changed = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.posts[number] |= {"cooked": cooked, "version": 2, "updated_at": changed}

    def usual(self, address: str) -> Reply:
        """See Answering."""
        path = urlsplit(address).path
        if path == "/posts.json":
            return in_json({"latest_posts": self._page(address)})
        single, topic = re.fullmatch(r"/posts/(\d+)\.json", path), re.fullmatch(r"/t/(\d+)\.json", path)
        if single is not None and int(single[1]) in self.posts:
            return in_json(self._shown(int(single[1])))
        if topic is not None and int(topic[1]) in self.titles:
            return in_json({"id": int(topic[1]), "title": self.titles[int(topic[1])], "post_stream": {"posts": []}})
        return in_json(
            {"errors": ["The requested URL or resource could not be found."], "error_type": "not_found"}, 404
        )

    def _page(self, address: str) -> list[dict[str, Any]]:
        before = int(parse_qs(urlsplit(address).query).get("before", ["0"])[0])
        ids = sorted(self.posts, reverse=True)
        if self.old:
            top = before or max(ids, default=0)
            ids = [number for number in ids if top - PAGE < number <= top]
        elif before:
            ids = [number for number in ids if number < before]
        return [self._shown(number, in_list=True) for number in ids[:PAGE]]

    def _shown(self, number: int, *, in_list: bool = False) -> dict[str, Any]:
        shown = dict(self.posts[number])
        if in_list:
            shown |= {"raw": "", "topic_title": self.titles[shown["topic_id"]]}
        if shown["user_deleted"]:
            shown["cooked"] = "<p>(post deleted by author)</p>"
        if shown["hidden"]:
            shown["cooked"] = "This post was flagged by the community and is temporarily hidden."
        return shown
