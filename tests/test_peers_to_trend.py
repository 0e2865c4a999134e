"""collect against a real WordPress and a Mastodon server ends in a trend; a second pass lands nothing twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from tests.daymark_process import Installation
from tests.peers.mastodon import Mastodon
from tests.peers.wordpress import WordPress
from tests.tiny_model import make_tiny_model


@pytest.mark.timeout(300)
def test_from_peers_to_a_trend(wordpress_site: WordPress, mastodon_server: Mastodon, tmp_path: Path) -> None:
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(days=40)
    for number in range(15):
        wordpress_site.publish(
            f"Report {number}",
            f"<p>People at the border told us story number {number}.</p>",
            at=begin + timedelta(days=number),
        )
    for number in range(5):
        mastodon_server.post(f"Refugees are welcome in our street, message {number}")
    house = Installation(tmp_path, make_tiny_model(tmp_path / "tiny").environment).init()
    common = {"purpose": "tests", "legal_basis": "own servers", "allow_private": True, "delay": 0}
    sources = [
        {
            "id": "press",
            "kind": "feeds",
            "url": f"{wordpress_site.base_url}/?feed=rss2",
            "author_kind": "outlet",
            **common,
        },
        {"id": "fedi", "kind": "mastodon", "url": mastodon_server.base_url, **common},
    ]
    (house.data / "sources.yaml").write_text(yaml.safe_dump({"sources": sources}), "utf-8")
    for _ in range(2):
        summaries = house.json("collect", "--source", "press") + house.json("collect", "--source", "fedi")
        assert all(summary["outcome"] in ("ok", "not_modified") for summary in summaries), summaries
        house.must("tag")
        house.must("index")
    trend = house.json("trends", "--by", "source", "--interval", "week", "--from", f"{begin:%Y-%m-%d}")
    assert sum(bucket["total"] for bucket in trend["buckets"]) + trend["undated"] == 20
    assert house.json("status")["posts"]["indexed"] == 20
    # The timeline's first window begins with its oldest status, today; the feed has covered the whole week.
    coverage = trend["buckets"][-1]["coverage"]
    assert coverage["sources_due"] == 2
    assert coverage["sources_ok"] >= 1
