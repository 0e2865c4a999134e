"""A server that answers as Lemmy does, by the types of its JavaScript client (0.19 for version 3, 1.0 for version 4) and
its source (list_comments.rs, post_view.rs, comment_view.rs, error.rs). Lemmy itself cannot be had here.

Version 3: posts by page_cursor, comments by page; counts apart; both lists leave deleted items out, a deleted post's
lookup is 404 or 400, a deleted comment's shows the flag. ``shows_gone``: lists show them with the flag (0.19.0 to .3, 1.0).
Version 4: items, next_page, prev_page; dates and addresses under other names.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.crawlers.answering import Answering, in_json
from tests.crawlers.site import Reply

HOME = "lemmy.example"


class Lemmy(Answering):
    """Posts and comments by kind and number; they may be changed at any time, in the words of version 3."""

    def __init__(self, version: int = 3, *, shows_gone: bool = True, not_found: int = 404) -> None:
        super().__init__()
        self.items: dict[str, dict[int, dict[str, Any]]] = {"post": {}, "comment": {}}
        self.version = version
        self.shows_gone = shows_gone
        self.not_found = not_found

    def post(
        self, number: int, age: timedelta = timedelta(minutes=5), now: datetime | None = None, **fields: Any
    ) -> None:
        """One post."""
        own = {"name": f"Post {number}", "body": f"Words of post {number}.", "featured_local": False}
        self._add("post", number, age, now, {**own, "featured_community": False, **fields})

    def comment(
        self, number: int, age: timedelta = timedelta(minutes=5), now: datetime | None = None, **fields: Any
    ) -> None:
        """One comment."""
        self._add(
            "comment", number, age, now, {"content": f"Words of comment {number}.", "path": f"0.{number}", **fields}
        )

    def _add(self, kind: str, number: int, age: timedelta, now: datetime | None, fields: dict[str, Any]) -> None:
        written = ((now or datetime.now(UTC)) - age).isoformat().replace("+00:00", "Z")
        self.items[kind][number] = {
            "id": number,
            "creator_id": 1,
            "ap_id": f"https://{HOME}/{kind}/{number}",
            "published": written,
            "updated": None,
            "deleted": False,
            "removed": False,
            "local": True,
            "language_id": 37,
            **fields,
        }

    def edit(self, kind: str, number: int, words: str) -> None:
        """Other words under the same id."""
        field = "body" if kind == "post" else "content"
        self.items[kind][number] |= {field: words, "updated": datetime.now(UTC).isoformat()}

    def usual(self, address: str) -> Reply:
        """See Answering."""
        path, query = urlsplit(address).path, parse_qs(urlsplit(address).query)
        _, _, api, rest = path.split("/", 3) if path.count("/") >= 3 else ("", "", "", "")
        if api != f"v{self.version}":
            return 404, {"Content-Type": "text/html"}, b"<html>"
        if rest == "site":
            languages = [{"id": 0, "code": "und", "name": "Undetermined"}, {"id": 37, "code": "en", "name": "English"}]
            return in_json({"site_view": {"site": {}}, "version": "0.19.9", "all_languages": languages})
        kind = rest.partition("/")[0]
        if kind not in self.items:
            return in_json({"error": "unknown"}, 404)
        return self._list(kind, query) if rest.endswith("/list") else self._one(kind, int(query["id"][0]))

    def _list(self, kind: str, query: dict[str, list[str]]) -> Reply:
        if query["sort"][0] != ("New" if self.version == 3 else "new"):
            return in_json({"error": "query deserialize error: unknown variant"}, 400)
        shown = [item for item in self.items[kind].values() if self.shows_gone or not self._is_gone(item)]
        shown.sort(key=lambda item: (item.get("featured_local", False), item["published"], item["id"]), reverse=True)
        limit = int(query["limit"][0])
        if kind == "comment" and self.version == 3:
            start = (int(query.get("page", ["1"])[0]) - 1) * limit
        else:
            cursor = query.get("page_cursor", [""])[0]
            ids = [f"P{item['id']:x}" for item in shown]
            if cursor and cursor not in ids:
                return in_json({"error": "couldnt_parse_pagination_token"}, 400)
            start = ids.index(cursor) + 1 if cursor else 0
        page = [self.view(kind, item) for item in shown[start : start + limit]]
        last = f"P{shown[start + len(page) - 1]['id']:x}" if page else None
        if self.version == 4:
            return in_json({"items": page, "next_page": last, "prev_page": None})
        return in_json({f"{kind}s": page, **({"next_page": last} if kind == "post" else {})})

    def _one(self, kind: str, number: int) -> Reply:
        item = self.items[kind].get(number)
        if item is None or (kind == "post" and self.version == 3 and self._is_gone(item)):
            word = "not_found" if self.not_found == 404 else f"couldnt_find_{kind}"
            return in_json({"error": word}, self.not_found)
        return in_json({f"{kind}_view": self.view(kind, item)})

    @staticmethod
    def _is_gone(item: dict[str, Any]) -> bool:
        return bool(item["deleted"] or item["removed"])

    def view(self, kind: str, item: dict[str, Any]) -> dict[str, Any]:
        """An item as the API shows it; the words of a deleted one are cleared."""
        counts = {"score": 3, "upvotes": 4, "downvotes": 1, ("comments" if kind == "post" else "child_count"): 2}
        shown = dict(item)
        visibility = shown.pop("visibility", "Public")
        if self._is_gone(item):
            shown |= {"body": ""} if kind == "post" else {"content": ""}
        home = {"name": "ana"}
        if self.version == 3:
            address, more = "actor_id", {"counts": counts}
        else:
            address, more, visibility = "ap_id", {}, visibility.lower()
            shown |= {"published_at": shown.pop("published"), "updated_at": shown.pop("updated"), **counts}
        return {
            kind: shown,
            **({"post": self.items["post"].get(1, {})} if kind == "comment" else {}),
            "creator": {**home, address: f"https://{HOME}/u/ana"},
            "community": {"name": "harbour", address: f"https://{HOME}/c/harbour", "visibility": visibility},
            **more,
        }
