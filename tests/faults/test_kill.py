"""kill -9 of any command at random moments while 10,000 posts pass through.

After the last restart: every post is indexed exactly once, none is lost, none is in quarantine, ledger and index agree.
The model is a tiny random one: what is killed around it is real.
"""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.daymark_process import Installation
from tests.tiny_model import make_tiny_model

POSTS = 10_000
KILLS = 10
SEED = 20_261_122


@pytest.fixture(scope="module")
def posts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """10,000 invented posts, some of them near-copies of each other, some with contacts, some empty of words."""
    draw = random.Random(SEED)
    words = [
        "border",
        "people",
        "journey",
        "boat",
        "price",
        "family",
        "welcome",
        "police",
        "street",
        "news",
        "said",
        "help",
        "today",
        "many",
        "never",
        "again",
    ]
    path = tmp_path_factory.mktemp("posts") / "posts.ndjson"
    with path.open("w", encoding="utf-8") as file:
        for number in range(POSTS):
            text = " ".join(draw.choice(words) for _ in range(draw.randint(1, 40)))
            if number % 10 == 0:
                text = (
                    f"the same advert over and over again with another number +44 7700 900{number % 1000:03d} call now"
                )
            row = {"id": str(number), "text": text, "author": f"voice{number % 97}"}
            if number % 3:
                row["published_at"] = f"2026-{1 + number % 10:02d}-{1 + number % 28:02d}T10:00:00Z"
            file.write(json.dumps(row) + "\n")
    return path


def kill_and_restart(house: Installation, posts: Path) -> None:
    """Kills commands at random moments, then lets each run to its end once."""
    draw = random.Random(SEED)
    imported = ("import", str(posts), "--source", "test", "--purpose", "p", "--legal-basis", "l")
    plan: list[tuple[str, ...]] = [imported, imported, *[("tag",)] * (KILLS - 6), *[("index",)] * 3, ("reindex",)]
    for words in plan:
        process = house.start(*words)
        # Long enough to be past the imports most of the time, short enough to hit the work: both are wanted.
        longest = 12.0 if words[0] == "tag" else 4.0
        try:
            process.wait(timeout=draw.uniform(0.3, longest))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    # A killed import is repeated whole; what landed is recognised.
    house.must(*imported)
    house.must("tag", timeout=600)
    house.must("index", timeout=600)


def check_everything(house: Installation) -> None:
    status = house.json("status")
    assert status["posts"] == {
        "seen": POSTS, "landed": 0, "tagged": 0, "indexed": POSTS, "quarantined": 0, "erased": 0
    }, status  # fmt: skip
    assert status["due"] == {"tag": 0, "retag": 0, "index": 0, "recheck": 0}
    assert status["index"]["documents"] == status["index"]["expected"] == POSTS
    report = house.json("index", "check", "--no-repair")
    assert (report["missing"], report["stale"], report["orphaned"], report["ahead"]) == (0, 0, 0, 0)
    trend = house.json("trends", "--interval", "month", "--from", "2026-01-01", "--to", "2026-12-01")
    assert sum(bucket["total"] for bucket in trend["buckets"]) + trend["undated"] == POSTS


@pytest.mark.timeout(900)
def test_on_sqlite(posts: Path, tmp_path: Path) -> None:
    house = Installation(tmp_path, make_tiny_model(tmp_path / "tiny").environment).init()
    kill_and_restart(house, posts)
    check_everything(house)


@pytest.mark.timeout(900)
def test_on_postgresql_and_elasticsearch(
    posts: Path, tmp_path: Path, postgres_url: str, fresh_elasticsearch: Callable[[], str]
) -> None:
    environment = {
        **make_tiny_model(tmp_path / "tiny").environment,
        "DAYMARK_LEDGER_URL": postgres_url,
        "DAYMARK_INDEX_URL": fresh_elasticsearch(),
    }
    house = Installation(tmp_path, environment).init()
    kill_and_restart(house, posts)
    check_everything(house)


@pytest.mark.timeout(600)
def test_two_taggers_and_two_indexers_at_once_with_kills(posts: Path, tmp_path: Path) -> None:
    """The work is shared: a second worker takes over at once what a killed one held."""
    house = Installation(tmp_path, make_tiny_model(tmp_path / "tiny").environment).init()
    small = tmp_path / "small.ndjson"
    small.write_text("\n".join(posts.read_text("utf-8").splitlines()[:2000]) + "\n", "utf-8")
    house.must("import", str(small), "--source", "test", "--purpose", "p", "--legal-basis", "l")
    first, second = house.start("tag"), house.start("tag")
    time.sleep(7)
    first.kill()
    first.wait()
    assert second.wait(timeout=240) == 0
    writers = [house.start("index"), house.start("index")]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    counts = house.json("status")["posts"]
    assert (counts["seen"], counts["indexed"], counts["quarantined"]) == (2000, 2000, 0)
