"""kill -9 of any command at random moments while 10,000 posts pass through.

After the last restart: every post is indexed exactly once, none is lost, none is in quarantine, ledger and index agree.
The model is a tiny random one: what is killed around it is real.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

import demo
from config import Weekday, load_key, load_settings
from demo.site import build_world, serve
from ledger import Ledger, Stage, due, open_ledger, status_counts
from tests.daymark_process import Installation
from tests.faults.meeting import holds_deliveries, holds_polls, holds_posts, kill_one_at_work
from tests.tiny_model import make_tiny_model

POSTS = 10_000
KILLS = 2
"""Of each command, in the middle of its work."""
SEED = 20_261_122
FOLDERS = 40
"""That a digest is written into, one after the other: it takes long enough to be met."""


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


IMPORT = ("--source", "test", "--purpose", "p", "--legal-basis", "l")


def kill_and_restart(house: Installation, posts: Path) -> None:
    """Kills each command at any moment and in the middle of its work, then lets it run to its end.

    A killed import is repeated whole, and what landed is recognised; a killed rebuild is ended by `index`.
    """
    draw = random.Random(SEED)
    with look_into(house) as ledger:
        for words in (("import", str(posts), *IMPORT), ("tag",), ("index",), ("reindex",)):
            met = [kill_in_work(house, ledger, words, draw) for _ in range(KILLS)]
            assert any(met), f"{words[0]} was never met in the middle of its work"
            kill_at_any_moment(house, words, draw)
            house.must("index" if words == ("reindex",) else words[0], *words[1:], timeout=600)


def kill_at_any_moment(house: Installation, words: tuple[str, ...], draw: random.Random) -> None:
    process = house.start(*words)
    try:
        process.wait(timeout=draw.uniform(0.3, 4.0))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def kill_in_work(house: Installation, ledger: Ledger, words: tuple[str, ...], draw: random.Random) -> bool:
    """Kills a command at a random moment after part of its work was done; says whether some was left then."""
    command = words[0]
    # A rebuild begins by making every post due again, or goes on where one was broken off.
    most = left(ledger, command) or (POSTS if command == "reindex" else 0)
    if not most:
        return False
    process, peak = house.start(*words), 0
    while process.poll() is None:
        peak = max(peak, left(ledger, command))
        if peak >= most and left(ledger, command) < peak:
            break
        time.sleep(0.02)
    time.sleep(draw.uniform(0, 0.2))
    process.kill()
    assert process.wait() in (0, -signal.SIGKILL)
    return process.returncode != 0 and left(ledger, command) > 0


@contextmanager
def look_into(house: Installation) -> Iterator[Ledger]:
    """The ledger as it is seen from outside: the test only reads it."""
    settings = load_settings(house.full_environment())
    with open_ledger(settings.ledger, load_key(settings.key_dir)) as ledger:
        yield ledger


def left(ledger: Ledger, command: str) -> int:
    """Posts that the command has still to deal with."""
    if command == "import":
        return POSTS - status_counts(ledger).seen
    return sum(due(ledger, Stage.TAG if command == "tag" else Stage.INDEX))


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
    house.must("import", str(small), *IMPORT)
    with look_into(house) as ledger:
        for words, stage in (("tag", Stage.TAG), ("index", Stage.INDEX)):
            both = [house.start(words), house.start(words)]
            killed = kill_one_at_work(ledger, both, holds_posts(stage))
            assert left(ledger, words) > 0
            assert [process.wait(timeout=240) for process in both if process is not killed] == [0]
            assert left(ledger, words) == 0
    counts = house.json("status")["posts"]
    assert (counts["seen"], counts["indexed"], counts["quarantined"]) == (2000, 2000, 0)


@pytest.mark.timeout(900)
def test_collect_and_run_killed_lose_and_double_nothing(tmp_path: Path) -> None:
    """The real spiders on the demo's site; a poll that was cut off is made again by the next one, and so is every stage."""
    now = datetime.now(UTC)
    world = build_world(now)
    house = Installation(tmp_path, make_tiny_model(tmp_path / "tiny").environment).init()
    (house.data / "subscriptions.yaml").write_text(json.dumps({"subscriptions": [subscription(now)]}), "utf-8")
    with serve(world) as base, look_into(house) as ledger:
        register = (Path(demo.__file__).parent / "sources.yaml").read_text("utf-8").replace("{base}", base)
        (house.data / "sources.yaml").write_text(register, "utf-8")
        for words, holds in (
            (("collect",), holds_polls),
            (("run", "--once"), holds_posts(Stage.TAG)),
            (("run", "--once"), holds_posts(Stage.INDEX)),
            (("run", "--once"), holds_deliveries),
        ):
            kill_one_at_work(ledger, [house.start(*words)], holds)
        house.must("run", "--once", timeout=300)
    status = house.json("status")
    assert status["posts"]["seen"] == status["posts"]["indexed"] == len(world.entries)
    assert (status["outbox"]["sent"], status["outbox"]["due"], status["outbox"]["leased"]) == (FOLDERS, 0, 0)
    folders = [house.data / "digests" / str(number) for number in range(FOLDERS)]
    assert [sorted(path.suffix for path in folder.iterdir()) for folder in folders] == [[".html", ".txt"]] * FOLDERS


def subscription(now: datetime) -> dict[str, object]:
    """A digest that is due at once, in many folders, and not a second time while the test runs."""
    far = tuple(Weekday)[(now.weekday() + 3) % 7]
    common = {"id": "weekly", "title": "All", "channel": "file", "every": "weekly", "weekday": far.value}
    return {**common, "only_when_news": False, "recipients": [f"digests/{number}" for number in range(FOLDERS)]}
