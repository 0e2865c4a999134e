"""What the commands print with --json has the shapes of tests/contract/: the words of the command, not of the function."""

from __future__ import annotations

import json
from pathlib import Path

from tests.daymark_process import Installation
from tests.indexer.shapes import assert_shape
from tests.tiny_model import make_tiny_model

TEXT = "Refugees are welcome in our town, come and meet your neighbours"


def test_search_trends_and_market_print_the_shapes_of_the_contract(tmp_path: Path) -> None:
    house = Installation(tmp_path, make_tiny_model(tmp_path / "tiny").environment).init()
    file = tmp_path / "x.ndjson"
    posts = [{"id": "1", "text": TEXT, "published_at": "2026-05-01"}, {"id": "2", "text": f"{TEXT} today"}]
    file.write_text("".join(json.dumps(post) + "\n" for post in posts), "utf-8")
    house.must("import", str(file), "--source", "s", "--purpose", "tests", "--legal-basis", "invented posts")
    house.must("tag")
    house.must("index")
    for words in (("search", "welcome"), ("search", "welcome", "--from", "2026-05-01")):
        assert_shape("search", house.json(*words))
    assert_shape("trends", house.json("trends", "--from", "2026-05-01", "--to", "2026-06-01"))
    assert_shape("trends", house.json("trends", "--label", "positive_framing", "--by", "lang", "--from", "2026-05-01"))
    assert_shape("market", house.json("market"))
