"""The accounts that an AppView shows to readers without an account, by app.bsky.actor.getProfiles."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.crawlers.site import Reply, Site

ANA, BEN, CEM = "did:plc:anaexample234567", "did:plc:benexample234567", "did:plc:cemexample234567"
PROFILES = "/xrpc/app.bsky.actor.getProfiles"


def at(did: str, rkey: str) -> str:
    return f"at://{did}/app.bsky.feed.post/{rkey}"


@dataclass
class People:
    """The accounts that an AppView shows, with their labels; ``status`` other than 200 is its answer to everything."""

    labels: dict[str, list[str]] = field(default_factory=lambda: {did: [] for did in (ANA, BEN, CEM)})
    status: int = 200
    asked: list[list[str]] = field(default_factory=list)

    def behind(self, site: Site) -> People:
        def answer(_: Mapping[str, str]) -> Reply:
            actors = parse_qs(urlsplit(site.asked[-1][0]).query).get("actors", [])
            self.asked.append(actors)
            profiles = [
                {
                    "did": did,
                    "handle": "somebody.example",
                    "labels": [{"val": word, "src": did} for word in self.labels[did]],
                }
                for did in actors
                if did in self.labels
            ]
            return self.status, {"Content-Type": "application/json"}, json.dumps({"profiles": profiles}).encode()

        site.answers[PROFILES] = answer
        return self
