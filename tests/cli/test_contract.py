"""Every command that has --json prints the shape that stands under tests/contract/; see also test_shapes and test_classify."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

import demo
from demo.site import build_world, serve
from records import IMPORT, make_post_id
from tests.daymark_process import Installation
from tests.indexer.shapes import CONTRACT, assert_shape
from tests.tiny_model import make_tiny_model

BASIS = ("--purpose", "tests", "--legal-basis", "invented posts")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A post in the index, a source that is off, a digest that cannot leave."""
    folder = tmp_path_factory.mktemp("contract")
    found = Installation(folder, make_tiny_model(folder / "tiny").environment).init()
    (found.data / "sources.yaml").write_text(
        "sources:\n  - {id: idle, kind: feeds, url: 'https://news.example.org/feed'}\n", "utf-8"
    )
    (found.data / "subscriptions.yaml").write_text(
        "subscriptions:\n  - {id: unit, title: Unit, channel: file, recipients: [unit], every: hourly, "
        "only_when_news: false}\n",
        "utf-8",
    )
    return found


def test_import_status_open_and_quarantine(house: Installation, tmp_path: Path) -> None:
    file = tmp_path / "x.ndjson"
    file.write_text(json.dumps({"id": "1", "text": "people at the border"}) + "\nnot json\n", "utf-8")
    assert_shape("import", house.json("import", str(file), "--source", "s", *BASIS))
    house.must("tag")
    house.must("index")
    status = house.json("status")
    assert_shape("status", status)
    posts = status["posts"]
    assert posts["seen"] == sum(number for state, number in posts.items() if state != "seen") == 1
    assert_shape("open", house.json("open", make_post_id(IMPORT, "s:1"), "--reason", "test"))
    assert_shape("quarantine", house.json("quarantine", "list"))


def test_status_where_index_and_model_are_away(house: Installation) -> None:
    away = {"DAYMARK_MODEL": "/nonexistent", "DAYMARK_INDEX_URL": "http://127.0.0.1:1"}
    assert_shape("status", Installation(house.folder, house.environment | away).json("status"))


def test_sources_and_collect(house: Installation) -> None:
    assert_shape("sources", house.json("sources"))
    assert_shape("collect", house.json("collect"))
    done: subprocess.CompletedProcess[bytes] = house.run("collect", "--source", "idle", "--json")
    assert_shape("collect", json.loads(done.stdout))


def test_a_source_is_checked(house: Installation) -> None:
    """On the demo's site; a post is shown as its working copy, without its author."""
    with serve(build_world(datetime.now(UTC))) as base:
        text = (Path(demo.__file__).parent / "sources.yaml").read_text("utf-8").replace("{base}", base)
        other = Installation(house.folder / "other", house.environment).init()
        (other.data / "sources.yaml").write_text(text, "utf-8")
        first = yaml.safe_load(text)["sources"][0]["id"]
        answer = other.json("sources", "check", first)
    assert_shape("sources-check", answer)
    assert answer["posts"]


def test_the_index_is_checked_and_the_model_described(house: Installation) -> None:
    assert_shape("index-check", house.json("index", "check"))
    assert_shape("model-info", house.json("model", "info"))


def test_digest_and_its_preview(house: Installation) -> None:
    assert_shape("digest-preview", house.json("digest", "--preview"))
    assert_shape("digest", house.json("digest"))


def test_every_quarantined_row_has_the_shape() -> None:
    """No command can be told to put a post aside: the shape is held against a row as the command makes it."""
    row = {
        "post_id": "0" * 32,
        "source": "s",
        "stage": "tag",
        "attempts": 3,
        "at": "2026-11-22T12:00:00+00:00",
        "reason": "the classifier failed: RuntimeError",
    }
    assert_shape("quarantine", [row])


def test_every_schema_is_used() -> None:
    used = "".join(path.read_text("utf-8") for path in Path(__file__).parents[1].rglob("test_*.py"))
    unused = [path.name for path in CONTRACT.iterdir() if f'"{path.name.split(".")[0]}' not in used]
    assert not unused
