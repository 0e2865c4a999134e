"""WordPress's REST interface as its handbook describes it, over a list in memory: pages of any size, and its faults."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.crawlers.stand_in import Answer, Say

SITE = "https://site.example"
API = f"{SITE}/wp-json/"
LINK = {"Link": f'<{API}>; rel="https://api.w.org/"'}


def written(moment: datetime) -> str:
    """A moment as WordPress writes it in ``date_gmt``: without its zone."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}"


def make_item(
    number: int, at: datetime, *, changed: datetime | None = None, text: str = "", **more: Any
) -> dict[str, Any]:
    """An item of ``wp/v2/posts``."""
    return {
        "id": number,
        "link": f"{SITE}/{number}/",
        "date_gmt": written(at),
        "modified_gmt": written(changed or at),
        "status": "publish",
        "title": {"rendered": f"Post {number} &#8211; x"},
        "content": {"rendered": f"<p>{text or f'Text of post {number}.'}</p>", "protected": False},
        "_embedded": {"author": [{"name": "Invented Editor"}], "wp:term": [[{"name": "Borders"}], []]},
        **more,
    }


def make_comment(number: int, at: datetime, **more: Any) -> dict[str, Any]:
    """An item of ``wp/v2/comments``."""
    return {
        "id": number,
        "post": 1,
        "link": f"{SITE}/1/#comment-{number}",
        "author_name": "Invented Reader",
        "date_gmt": written(at),
        "status": "approved",
        "type": "comment",
        "content": {"rendered": f"<p>Comment {number}.</p>"},
        **more,
    }


@dataclass
class FakeWordPress:
    """A site. ``largest``: items that it gives a page, whatever is asked for."""

    posts: list[dict[str, Any]] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    largest: int = 100
    ignored: tuple[str, ...] = ()
    counts: bool = True
    faults: dict[str, Say] = field(default_factory=dict)

    @property
    def answers(self) -> dict[str, Any]:
        """For stand_in.read."""
        lists = {f"{API}wp/v2/{name}": self._list for name in ("posts", "comments")}
        items = {
            f"{API}wp/v2/{name}/{item['id']}": self._item(item)
            for name, listed in (("posts", self.posts), ("comments", self.comments))
            for item in listed
        }
        return {SITE: Answer("<html></html>", headers=LINK), **lists, **items, **self.faults}

    def _item(self, item: dict[str, Any]) -> Answer:
        return Answer(json.dumps(item))

    def _list(self, url: str) -> Say:
        asked = {name: value for name, value in parse_qsl(urlsplit(url).query) if name not in self.ignored}
        listed = self.posts if "/posts" in url else self.comments
        moment = "modified_gmt" if asked["orderby"] == "modified" else "date_gmt"
        for name, column, sign in (
            ("after", "date_gmt", 1), ("before", "date_gmt", -1),
            ("modified_after", "modified_gmt", 1), ("modified_before", "modified_gmt", -1),
        ):  # fmt: skip
            if name in asked:
                bound = datetime.fromisoformat(asked[name])
                listed = [item for item in listed if sign * (_moment(item[column]) - bound).total_seconds() > 0]
        ordered = sorted(listed, key=lambda item: (item[moment], item["id"]), reverse=asked["order"] == "desc")
        size = min(self.largest, int(asked["per_page"]))
        pages, page = -(-len(ordered) // size), int(asked["page"])
        if page > max(pages, 1):
            return Answer(json.dumps({"code": "rest_post_invalid_page_number"}), 400)
        headers = {"X-WP-Total": str(len(ordered)), "X-WP-TotalPages": str(pages)} if self.counts else {}
        return Answer(json.dumps(ordered[(page - 1) * size : page * size]), headers=headers)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
