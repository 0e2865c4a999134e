"""Servers that speak Mastodon's API, each in its own way. They page by the order of their ids, as all of them do.

Mastodon4   4.5: docs.joinmastodon.org (instance, timelines, statuses) and its controllers: more than 20 ids are refused
            (422), a link that does not trend is not found, hidden statuses are not found
Akkoma      its instance_view.ex, status_view.ex and status_controller.ex of 2025: no second version of the instance's
            answer, lookups by ``ids[]`` that are refused (400) without it, ids in base 62, emoji reactions, ``local``
Pleroma     its instance_view.ex of 2026: both versions, ``restrict_unauthenticated``, ``timelines_access``
Sharkey     its instance answer of 2026: ``timelines_access`` by the policies of the server, ids in base 36
None of them was run: written by hand after those texts.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from crawlers.platforms.mastodon.statuses import id_order
from tests.crawlers.answering import Answering, in_json
from tests.crawlers.site import Reply

NOT_FOUND = in_json({"error": "Record not found"}, 404)


class Mastodon4(Answering):
    """A server of the family; the others differ from it."""

    base = "https://mastodon.example"
    ids = "id[]"
    most = 20
    software = "4.5.2"

    def __init__(self) -> None:
        super().__init__()
        self.statuses: dict[str, dict[str, Any]] = {}
        self.hidden: set[str] = set()
        """Statuses that no visitor is shown."""
        self.trending: set[str] = set()
        feeds = ("live_feeds", "hashtag_feeds", "trending_link_feeds")
        self.access: Any = {feed: {"local": "public", "remote": "public"} for feed in feeds}

    def add(self, key: str, minutes: int = 5, **fields: Any) -> str:
        """Publishes a status; its uri."""
        uri = f"{self.base}/users/ana/statuses/{key}"
        created = (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
        account = {"acct": "ana", "note": "", "indexable": True, "noindex": False, **fields.pop("account", {})}
        self.statuses[key] = {
            "id": key,
            "uri": uri,
            "url": uri,
            "created_at": created,
            "content": f"<p>Post {key}</p>",
            "visibility": "public",
            "reblog": None,
            "account": account,
            **fields,
        }
        return uri

    def usual(self, address: str) -> Reply:
        """See Answering."""
        path, query = urlsplit(address).path, parse_qs(urlsplit(address).query)
        if path.startswith("/api/v") and path.endswith("/instance"):
            return self.instance(int(path[6]))
        if path == "/api/v1/timelines/public" or path.startswith("/api/v1/timelines/tag/"):
            return self.page(query)
        if path == "/api/v1/timelines/link":
            return self.page(query) if query["url"][0] in self.trending else NOT_FOUND
        if path == "/api/v1/statuses":
            return self.many(query)
        return self.one(unquote(path.removeprefix("/api/v1/statuses/")))

    def instance(self, version: int) -> Reply:
        """What the server says of itself."""
        if version == 1:
            return in_json({"uri": urlsplit(self.base).netloc, "version": self.software})
        configuration = {"timelines_access": self.access}
        return in_json({"domain": urlsplit(self.base).netloc, "version": self.software, "configuration": configuration})

    def page(self, query: dict[str, list[str]]) -> Reply:
        """A page of any timeline."""
        low, high = query.get("min_id", [""])[0], query.get("max_id", ["z" * 64])[0]
        keys = sorted((key for key in self.shown if id_order(low) < id_order(key) < id_order(high)), key=id_order)
        found = keys[:40] if low else keys[-40:]
        return in_json([self.statuses[key] for key in reversed(found)])

    def many(self, query: dict[str, list[str]]) -> Reply:
        """A lookup of several."""
        wanted = query.get(self.ids, [])
        if len(wanted) > self.most:
            return in_json({"error": "Validation failed"}, 422)
        return in_json([self.statuses[key] for key in wanted if key in self.visible])

    def one(self, key: str) -> Reply:
        """A lookup of one."""
        return in_json(self.statuses[key]) if key in self.visible else NOT_FOUND

    @property
    def shown(self) -> list[str]:
        """Statuses of the timelines."""
        return list(self.statuses)

    @property
    def visible(self) -> set[str]:
        """Statuses that a visitor can look up."""
        return set(self.statuses) - self.hidden


class Akkoma(Mastodon4):
    """See the module's docstring."""

    base = "https://akkoma.example"
    ids = "ids[]"
    most = 100
    software = "2.7.2 (compatible; Akkoma 3.15.2)"

    def instance(self, version: int) -> Reply:
        """See Mastodon4."""
        if version == 2:
            return in_json({"error": "Not implemented"}, 404)
        metadata = {"features": ["pleroma_api", "akkoma_api", "mastodon_api", "multifetch", "pleroma_emoji_reactions"]}
        pleroma = {"metadata": metadata, "stats": {"mau": 3}, "vapid_public_key": "x"}
        return in_json({"uri": urlsplit(self.base).netloc, "version": self.software, "pleroma": pleroma})

    def many(self, query: dict[str, list[str]]) -> Reply:
        """See Mastodon4."""
        if self.ids not in query or "id[]" in query:
            return in_json({"error": "Missing field: ids."}, 400)
        return super().many(query)


class Pleroma(Akkoma):
    """See the module's docstring."""

    base = "https://pleroma.example"
    software = "2.7.2 (compatible; Pleroma 2.10.0)"

    def __init__(self) -> None:
        super().__init__()
        self.access["trending_link_feeds"] = {"local": "disabled", "remote": "disabled"}
        self.restricted: dict[str, dict[str, bool]] = {
            "timelines": {"local": False, "federated": False, "bubble": False},
            "activities": {"local": False, "remote": False},
            "profiles": {"local": False, "remote": False},
        }

    def instance(self, version: int) -> Reply:
        """See Mastodon4."""
        domain = urlsplit(self.base).netloc
        said: dict[str, Any] = {"uri" if version == 1 else "domain": domain, "version": self.software}
        said["configuration"] = {} if version == 1 else {"timelines_access": self.access}
        return in_json({**said, "pleroma": {"metadata": {"restrict_unauthenticated": self.restricted}}})


class Sharkey(Mastodon4):
    """See the module's docstring."""

    base = "https://sharkey.example"
    software = "4.2.1 (compatible; Sharkey 2026.4.0)"

    def __init__(self) -> None:
        super().__init__()
        self.access["trending_link_feeds"] = {"local": "disabled", "remote": "disabled"}
