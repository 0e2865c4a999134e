"""`daymark import --format`: the examples of docs/import.md by the command, and what it says of a wrong file or word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.daymark_process import Installation
from tests.tiny_model import make_tiny_model

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
BASIS = ("--source", "s", "--purpose", "tests", "--legal-basis", "invented posts")


@pytest.fixture
def tiny(tmp_path: Path) -> Installation:
    return Installation(tmp_path, make_tiny_model(tmp_path / "tiny").environment).init()


def test_a_known_export_lands_and_another_file_is_refused_in_one_line(tiny: Installation) -> None:
    report = tiny.json("import", str(EXAMPLES / "crowdtangle.csv"), "--format", "crowdtangle", *BASIS)
    assert (report["rows"], report["new"], report["not_landed"]) == (2, 2, {})
    done = tiny.run("import", str(EXAMPLES / "zeeschuimer.ndjson"), "--format", "crowdtangle", *BASIS)
    line = done.stderr.decode().strip()
    assert done.returncode == 1
    assert len(line.splitlines()) == 1
    assert "is no CrowdTangle CSV: expected posts" in line
    assert "give --format zeeschuimer" in line
    assert tiny.json("status")["posts"]["seen"] == 2


def test_a_format_that_there_is_not_is_wrong_usage(tiny: Installation) -> None:
    done = tiny.run("import", str(EXAMPLES / "crowdtangle.csv"), "--format", "facebook", *BASIS)
    assert done.returncode == 2
    assert "meta-facebook" in done.stderr.decode()
