"""The whole way of posts on both sizes: import -> tag -> index -> the same answers.

With the shipped model, through a mapping that spreads their dates over 300 days and says so; and once without it, when all are
undated. Twice: with half of the demo world's invented posts, which every clone has, and with at least 10,000 real posts of the
public sets, where those are.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from demo.site import build_world
from tests.daymark_process import Installation
from tests.tiny_model import make_tiny_model

SETS = ("gahd/data.ndjson", "iwg-refugees/data.ndjson")
"""10,993 German posts, 765 of them about migrants, and 469 tweets about refugees."""
BASIS = ("--purpose", "tests", "--legal-basis", "public research sets and invented posts")
SPREAD = "spread_dates: {days: 300, until: 2026-11-01}\n"
SPAN = ("--from", "2026-01-01", "--to", "2026-11-01")


@dataclass(frozen=True)
class Sample:
    """Posts in files, each file in a folder of its source's name.

    ``least``: posts; ``word``: in many of them; ``few``: a query that finds more than ten and no more than fit on one page.
    """

    files: tuple[Path, ...]
    least: int
    word: str
    few: str


def write_invented(folder: Path) -> Sample:
    """Half of the demo world, as an operator would export it, its sites as two sources."""
    lines: dict[str, list[str]] = {"boards": [], "papers": []}
    for entry in build_world(datetime.now(UTC)).entries[::2]:
        row = {"id": entry.id, "text": entry.text, "lang": entry.lang, "title": entry.title, "author": entry.author}
        lines["papers" if entry.title else "boards"].append(json.dumps(row, ensure_ascii=False) + "\n")
    files = tuple(folder / source / "posts.ndjson" for source in sorted(lines))
    for file in files:
        file.parent.mkdir()
        file.write_text("".join(lines[file.parent.name]), "utf-8")
    return Sample(files, least=150, word="border", few="lang:tr")


@pytest.fixture(scope="module", params=["invented", "public"])
def sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """What goes through; the public sets are skipped, with the reason, where they are absent."""
    if request.param == "invented":
        return write_invented(tmp_path_factory.mktemp("invented"))
    datasets: Path = request.getfixturevalue("datasets")
    return Sample(tuple(datasets / name for name in SETS), least=10_000, word="flüchtlinge", few="grenzen lang:de")


def run_through(house: Installation, sample: Sample, mapping: Path | None) -> None:
    for file in sample.files:
        rules = ("--mapping", str(mapping)) if mapping else ()
        out = house.must("import", str(file), "--source", file.parent.name, *BASIS, *rules)
        assert ("spread, not real" in out) == (mapping is not None)
    house.must("tag", timeout=900)
    house.must("index", timeout=600)


def check_sums(house: Installation, sample: Sample) -> dict[str, Any]:
    status: dict[str, Any] = house.json("status")
    posts = status["posts"]
    assert posts["seen"] >= sample.least
    assert posts["seen"] == posts["indexed"]
    assert status["index"]["documents"] == status["index"]["expected"] == posts["seen"]
    assert status["due"] == {"tag": 0, "retag": 0, "index": 0, "recheck": 0}
    return status


def answers(house: Installation, sample: Sample) -> dict[str, Any]:
    """What is asked of both sizes; everything in it must be equal."""
    found = house.json("search", sample.word)
    # Few enough to be all on one page: where there are more, which of equal rank come first is each backend's own.
    rare = house.json("search", sample.few, "--limit", "200")
    assert 10 < len(rare["hits"]) == rare["total"] < 200
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
    sample: Sample, spread: Path, tmp_path: Path, postgres_url: str, fresh_elasticsearch: Callable[[], str]
) -> None:
    small = Installation(tmp_path / "small").init()
    (tmp_path / "large").mkdir()
    large = Installation(
        tmp_path / "large", {"DAYMARK_LEDGER_URL": postgres_url, "DAYMARK_INDEX_URL": fresh_elasticsearch()}
    ).init()
    for house in (small, large):
        run_through(house, sample, spread)
    assert check_sums(small, sample)["posts"] == check_sums(large, sample)["posts"]
    one, other = answers(small, sample), answers(large, sample)
    for question in one:
        assert one[question] == other[question], question
    trend = one["by label"]
    assert trend["undated"] == 0
    # 300 days to 31 October begin on 5 January; every post is in a bucket.
    assert sum(bucket["total"] for bucket in trend["buckets"]) == check_sums(small, sample)["posts"]["seen"]


@pytest.mark.timeout(600)
def test_without_dates_all_are_undated(sample: Sample, tmp_path: Path) -> None:
    # What is tested is dates, so the tiny model will do.
    house = Installation(tmp_path, make_tiny_model(tmp_path / "tiny").environment).init()
    run_through(house, sample, None)
    trend = house.json("trends", "--interval", "month", *SPAN)
    assert trend["undated"] == check_sums(house, sample)["posts"]["seen"]
    assert sum(bucket["total"] for bucket in trend["buckets"]) == 0
