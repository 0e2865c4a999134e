"""The whole way of real posts on both sizes: import -> tag -> index -> the same answers.

At least 10,000 posts of the public sets, with the shipped model, through a mapping that spreads their dates over 300 days and
says so; and once without it, when all are undated.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.daymark_process import Installation
from tests.tiny_model import make_tiny_model

SETS = ("gahd/data.ndjson", "iwg-refugees/data.ndjson")
"""10,993 German posts, 765 of them about migrants, and 469 tweets about refugees."""
AT_LEAST = 10_000
BASIS = ("--purpose", "tests", "--legal-basis", "public research sets")
SPREAD = "spread_dates: {days: 300, until: 2026-11-01}\n"
SPAN = ("--from", "2026-01-01", "--to", "2026-11-01")


def run_through(house: Installation, files: list[Path], mapping: Path | None) -> None:
    for file in files:
        rules = ("--mapping", str(mapping)) if mapping else ()
        out = house.must("import", str(file), "--source", file.parent.name, *BASIS, *rules)
        assert ("spread, not real" in out) == (mapping is not None)
    house.must("tag", timeout=900)
    house.must("index", timeout=600)


def check_sums(house: Installation) -> dict[str, Any]:
    status: dict[str, Any] = house.json("status")
    posts = status["posts"]
    assert posts["seen"] >= AT_LEAST
    assert posts["seen"] == posts["indexed"]
    assert status["index"]["documents"] == status["index"]["expected"] == posts["seen"]
    assert status["due"] == {"tag": 0, "retag": 0, "index": 0, "recheck": 0}
    return status


def answers(house: Installation) -> dict[str, Any]:
    """What is asked of both sizes; everything in it must be equal."""
    found = house.json("search", "flüchtlinge")
    # Few enough to be all on one page: where there are more, which of equal rank come first is each backend's own.
    rare = house.json("search", "grenzen lang:de", "--limit", "200")
    assert 10 < len(rare["hits"]) == rare["total"] - rare["withheld"] < 200
    return {
        "by label": house.json("trends", "--interval", "week", *SPAN),
        "by language": house.json("trends", "--by", "lang", "--interval", "month", "--tz", "Europe/Rome", *SPAN),
        "one label": house.json(
            "trends", "--label", "xenophobic_framing", "--by", "source", "--interval", "day", *SPAN
        ),
        "hits": (found["total"], found["withheld"]),
        "rare": sorted(hit["post_id"] for hit in rare["hits"]),
        "newest": [hit["post_id"] for hit in house.json("search", "lang:de", "--newest", "--limit", "20")["hits"]],
        "market": house.json("market")["offers"],
    }


@pytest.fixture(scope="module")
def spread(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mapping") / "mapping.yaml"
    path.write_text(SPREAD, "utf-8")
    return path


@pytest.mark.timeout(1200)
def test_both_sizes_answer_the_same(
    datasets: Path, spread: Path, tmp_path: Path, postgres_url: str, fresh_elasticsearch: Callable[[], str]
) -> None:
    files = [datasets / name for name in SETS]
    small = Installation(tmp_path / "small").init()
    (tmp_path / "large").mkdir()
    large = Installation(
        tmp_path / "large", {"DAYMARK_LEDGER_URL": postgres_url, "DAYMARK_INDEX_URL": fresh_elasticsearch()}
    ).init()
    for house in (small, large):
        run_through(house, files, spread)
    assert check_sums(small)["posts"] == check_sums(large)["posts"]
    one, other = answers(small), answers(large)
    for question in one:
        assert one[question] == other[question], question
    trend = one["by label"]
    assert trend["undated"] == 0
    # 300 days to 31 October begin on 5 January; every post is in a bucket.
    assert sum(bucket["total"] for bucket in trend["buckets"]) == check_sums(small)["posts"]["seen"]


@pytest.mark.timeout(600)
def test_without_dates_all_are_undated(datasets: Path, tmp_path: Path) -> None:
    # What is tested is dates, so the tiny model will do.
    house = Installation(tmp_path, make_tiny_model(tmp_path / "tiny").environment).init()
    run_through(house, [datasets / name for name in SETS], None)
    trend = house.json("trends", "--interval", "month", *SPAN)
    assert trend["undated"] == check_sums(house)["posts"]["seen"]
    assert sum(bucket["total"] for bucket in trend["buckets"]) == 0
