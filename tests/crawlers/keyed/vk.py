"""A hand-made server after the reference of VK's API (peers.py)."""

from __future__ import annotations

from typing import Any

from tests.crawlers.keyed.peers import KEY, Call, Item, Peer, Reply, page_of


class Vk(Peer):
    """wall.get, wall.getById and newsfeed.search; errors come with HTTP 200 and repeat the parameters."""

    kind, target = "vk", "wall:-77"

    def native_id(self, number: int) -> str:
        return f"-77_{number}"

    def answer(self, call: Call) -> Reply:
        assert call.method == "POST"
        if call.params.get("access_token") != KEY:
            return 200, {}, self.error(5, call)
        if call.path == "/wall.getById":
            wanted = call.params["posts"].split(",")
            there = [self.post(item) for item in self.newest_first() if self.native_id(item.number) in wanted]
            return 200, {}, {"response": {"items": there}}
        found = self.newest_first()
        if call.path == "/newsfeed.search":
            found = [item for item in found if item.at.timestamp() >= int(call.params["start_time"])]
            items, token = page_of(found, call.params.get("start_from"), min(self.page_size, int(call.params["count"])))
            more = {"next_from": token} if token else {}
            return 200, {}, {"response": {"count": len(found), "items": [self.post(item) for item in items], **more}}
        assert (call.path, call.params["owner_id"]) == ("/wall.get", "-77")
        items, _ = page_of(found, call.params["offset"], int(call.params["count"]))
        return 200, {}, {"response": {"count": len(found), "items": [self.post(item) for item in items]}}

    @staticmethod
    def error(code: int, call: Call) -> dict[str, Any]:
        params = [{"key": key, "value": value} for key, value in call.params.items()]
        return {"error": {"error_code": code, "error_msg": "…", "request_params": params}}

    def post(self, item: Item) -> dict[str, Any]:
        at = int(item.at.timestamp())
        return {
            "id": item.number, "owner_id": -77, "from_id": -77, "date": at, "text": item.text, "post_type": "post",
            "attachments": [{"type": "photo", "photo": {"id": 1, "text": "A boat", "sizes": []}}],
            "comments": {"count": 2}, "likes": {"count": 5}, "reposts": {"count": 1}, "views": {"count": 90},
            **({"edited": at + 60 * item.version} if item.version else {}),
        }  # fmt: skip
