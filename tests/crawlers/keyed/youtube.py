"""A hand-made server after the reference of YouTube's Data API (peers.py)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.crawlers.keyed.peers import KEY, Call, Item, Peer, Reply, page_of


class YouTube(Peer):
    """commentThreads.list and comments.list."""

    kind, target = "youtube", "video:Vid_0000001"

    def native_id(self, number: int) -> str:
        return f"Ug{number:05d}x"

    def answer(self, call: Call) -> Reply:
        if call.headers.get("x-goog-api-key") != KEY:
            return 400, {}, self.error(400, "badRequest")
        if call.path == "/comments" and "parentId" in call.params:
            parent = next(
                item for item in self.items.values() if self.native_id(item.number) == call.params["parentId"]
            )
            replies, token = page_of(parent.replies, call.params.get("pageToken"), int(call.params["maxResults"]))
            return 200, {}, {"items": [self.bare(self.reply(parent, item)) for item in replies], **self.next(token)}
        if "id" in call.params:
            wanted = call.params["id"].split(",")
            there = [item for item in self.newest_first() if self.native_id(item.number) in wanted]
            if call.path == "/comments":
                return 200, {}, {"items": [self.bare(self.comment(item)) for item in there]}
            return 200, {}, {"items": [self.thread(item) for item in there]}
        assert call.path == "/commentThreads"
        assert (call.params["order"], call.params["videoId"]) == ("time", "Vid_0000001")
        size = min(self.page_size, int(call.params["maxResults"]))
        items, token = page_of(self.newest_first(), call.params.get("pageToken"), size)
        return 200, {}, {"kind": "youtube#x", "items": [self.thread(item) for item in items], **self.next(token)}

    @staticmethod
    def error(code: int, reason: str) -> dict[str, Any]:
        return {"error": {"code": code, "message": "…", "errors": [{"reason": reason, "domain": "youtube"}]}}

    @staticmethod
    def next(token: str | None) -> dict[str, Any]:
        return {"nextPageToken": token} if token else {}

    def comment(self, item: Item) -> dict[str, Any]:
        written = f"{item.at:%Y-%m-%dT%H:%M:%SZ}"
        edited = f"{item.at + timedelta(minutes=item.version):%Y-%m-%dT%H:%M:%SZ}"
        snippet = {
            "videoId": "Vid_0000001", "textOriginal": item.text, "textDisplay": item.text, "publishedAt": written,
            "updatedAt": edited, "authorDisplayName": "@ana.example", "authorChannelId": {"value": "UC_ana"},
            "likeCount": 3, "canRate": True, "viewerRating": "none",
        }  # fmt: skip
        return {"kind": "youtube#comment", "id": self.native_id(item.number), "snippet": snippet}

    def reply(self, parent: Item, item: Item) -> dict[str, Any]:
        made = self.comment(item)
        thread = self.native_id(parent.number)
        return {**made, "id": f"{thread}.r{item.number}", "snippet": {**made["snippet"], "parentId": thread}}

    @staticmethod
    def bare(comment: dict[str, Any]) -> dict[str, Any]:
        """As comments.list gives it: only threads say which video they stand below."""
        return {**comment, "snippet": {key: value for key, value in comment["snippet"].items() if key != "videoId"}}

    def thread(self, item: Item) -> dict[str, Any]:
        snippet = {
            "videoId": "Vid_0000001", "topLevelComment": self.comment(item), "canReply": True, "isPublic": True,
            "totalReplyCount": len(item.replies),
        }  # fmt: skip
        shown = [self.reply(item, reply) for reply in item.replies[-2:]]
        replies = {"replies": {"comments": shown}} if shown else {}
        return {"kind": "youtube#commentThread", "id": self.native_id(item.number), "snippet": snippet, **replies}
