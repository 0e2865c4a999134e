"""A hand-made server after the reference of X's API (peers.py)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.crawlers.keyed.peers import KEY, Call, Item, Peer, Reply, page_of

X_EPOCH = datetime.fromtimestamp(1288834974.657, UTC)


class X(Peer):
    """tweets/search/recent and tweets by id. `billed` is what the platform would charge for, in posts."""

    kind, target = "x", "boat OR border"

    def __init__(self) -> None:
        super().__init__()
        self.billed: set[str] = set()

    def native_id(self, number: int) -> str:
        return self.id_of(self.items[number])

    @staticmethod
    def id_of(item: Item) -> str:
        return str((((item.at - X_EPOCH) // timedelta(milliseconds=1)) << 22) + item.number)

    def newest_id(self, item: Item) -> str:
        moved = timedelta(seconds=item.version)
        return str((((item.at + moved - X_EPOCH) // timedelta(milliseconds=1)) << 22) + item.number)

    def answer(self, call: Call) -> Reply:
        if call.headers.get("authorization") != f"Bearer {KEY}":
            return 401, {}, {"title": "Unauthorized", "status": 401}
        assert "expansions" not in call.params
        if call.path == "/2/tweets":
            wanted = call.params["ids"].split(",")
            there = [item for item in self.newest_first() if {self.id_of(item), self.newest_id(item)} & set(wanted)]
            return 200, {}, {"data": [self.post(item) for item in there], "errors": self.missing(wanted, there)}
        assert call.path == "/2/tweets/search/recent"
        assert call.params["query"] == "(boat OR border) -is:retweet"
        since = int(call.params["since_id"])
        assert since >= (((self.clock() - timedelta(days=7) - X_EPOCH) // timedelta(milliseconds=1)) << 22)
        found = [item for item in self.newest_first() if int(self.newest_id(item)) > since]
        size = int(call.params["max_results"])
        assert 10 <= size <= 100
        items, token = page_of(found, call.params.get("next_token"), size)
        meta = {"result_count": len(items), **({"next_token": token} if token else {})}
        return 200, {}, {"meta": meta, **({"data": [self.post(item) for item in items]} if items else {})}

    def missing(self, wanted: list[str], there: list[Item]) -> list[dict[str, Any]]:
        known = {key for item in there for key in (self.id_of(item), self.newest_id(item))}
        kind = "https://api.twitter.com/2/problems/resource-not-found"
        return [{"value": key, "type": kind, "title": "Not Found"} for key in wanted if key not in known]

    def post(self, item: Item) -> dict[str, Any]:
        newest, first = self.newest_id(item), self.id_of(item)
        self.billed.add(newest)
        return {
            "id": newest, "text": item.text, "created_at": f"{item.at:%Y-%m-%dT%H:%M:%S.000Z}", "author_id": "12345",
            "edit_history_tweet_ids": sorted({first, newest}, key=int), "lang": "en",
            "public_metrics": {"like_count": 1, "reply_count": 0, "retweet_count": 0, "quote_count": 0,
                               "impression_count": 7, "bookmark_count": 0},
        }  # fmt: skip
