"""A hand-made server after the reference of Reddit's API (peers.py)."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from tests.crawlers.keyed.peers import KEY, SECRET, Call, Item, Peer, Reply, page_of


class Reddit(Peer):
    """The token, r/NAME/new (even numbers), r/NAME/comments (odd ones) and api/info."""

    kind, target = "reddit", "example_town"
    credentials = ("TEST_API_KEY", "TEST_API_SECRET")
    token = "tok-en_" + "5" * 30

    def native_id(self, number: int) -> str:
        return f"t{1 if number % 2 else 3}_a{number}"

    def answer(self, call: Call) -> Reply:
        if call.path == "/api/v1/access_token":
            proof = b64encode(f"{KEY}:{SECRET}".encode()).decode()
            if call.headers.get("authorization") != f"Basic {proof}" or call.method != "POST":
                return 401, {}, {"message": "Unauthorized", "error": 401}
            assert call.params == {"grant_type": "client_credentials"}
            return 200, {}, {"access_token": self.token, "token_type": "bearer", "expires_in": 86400, "scope": "*"}
        if call.headers.get("authorization") != f"Bearer {self.token}":
            return 401, {}, {"message": "Unauthorized", "error": 401}
        if call.path == "/api/info":
            wanted = call.params["id"].split(",")
            there = [item for item in self.items.values() if self.native_id(item.number) in wanted]
            return 200, {}, self.listing([self.thing(item) for item in there], None)
        name = call.path.removeprefix("/r/example_town/")
        odd = {"new": 0, "comments": 1}[name]
        found = [item for item in self.newest_first() if item.number % 2 == odd]
        items, after = page_of(
            found, call.params.get("after", "t0_0")[3:], min(self.page_size, int(call.params["limit"]))
        )
        return 200, {}, self.listing([self.thing(item) for item in items], f"t0_{after}" if after else None)

    @staticmethod
    def listing(children: list[Any], after: str | None) -> dict[str, Any]:
        return {
            "kind": "Listing",
            "data": {"after": after, "before": None, "dist": len(children), "children": children},
        }

    def thing(self, item: Item) -> dict[str, Any]:
        kind, _, key = self.native_id(item.number).partition("_")
        at = item.at.timestamp()
        data: dict[str, Any] = {
            "id": key, "name": f"{kind}_{key}", "created_utc": at, "author": "ana_example", "score": 4,
            "permalink": f"/r/example_town/comments/{key}/", "edited": at + 60 * item.version if item.version else False,
        }  # fmt: skip
        text = "[removed]" if item.gone else item.text
        if kind == "t3":
            data |= {"title": f"Title {item.number}", "selftext": text, "num_comments": 1, "is_robot_indexable": True,
                     "removed_by_category": "deleted" if item.gone else None}  # fmt: skip
        else:
            data |= {"body": text, "link_id": "t3_a0", "parent_id": "t3_a0"}
        return {"kind": kind, "data": data}
