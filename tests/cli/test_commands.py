"""The outward contract of the commands: exit status, one line of error, JSON shapes, what stands in the files."""

from __future__ import annotations

import json
import stat
import subprocess
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from cli.app import app
from records import IMPORT, make_post_id
from tests.daymark_process import COMMAND, Installation
from tests.tiny_model import make_tiny_model

BASIS = ("--purpose", "tests", "--legal-basis", "invented posts")


@pytest.fixture
def tiny(tmp_path: Path) -> Installation:
    return Installation(tmp_path, make_tiny_model(tmp_path / "tiny").environment)


def lines(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@pytest.mark.parametrize("words", [("nope",), ("search",), ("search", "--limit", "x", "a"), ("erase", "--reason", "x")])
def test_wrong_usage_ends_with_2(tiny: Installation, words: tuple[str, ...]) -> None:
    assert tiny.run(*words).returncode == 2


COMMANDS = (
    "", "init", "collect", "import", "tag", "index", "index check", "run", "reindex", "classify", "search", "trends",
    "market", "status", "digest", "open", "erase", "sources", "sources add", "sources check",
    "sources accept", "sources enable", "sources proposals", "sources refuse", "sources catalogue", "sources import-opml",
    "sources export-opml", "model", "model train",
    "quarantine", "quarantine replay",
)  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_has_help(words: str) -> None:
    try:
        result = CliRunner().invoke(app, [*words.split(), "--help"])
    finally:
        # Logs go to the stream that the runner has closed by now.
        structlog.reset_defaults()
    assert result.exit_code == 0
    assert "Usage" in result.output


def test_a_failure_is_one_line_without_traceback(tiny: Installation) -> None:
    done = tiny.run("status")
    assert done.returncode == 1
    assert len(done.stderr.decode().strip().splitlines()) == 1
    assert "daymark init" in done.stderr.decode()
    assert "Traceback" in tiny.run("status", "--debug").stderr.decode()


def test_init_asks_nothing_of_a_script_and_says_what_is_missing(tiny: Installation) -> None:
    done = tiny.run("init", "--controller", "C")
    assert done.returncode == 1
    assert "--purpose" in done.stderr.decode()


def test_init_makes_the_key_once_and_for_its_owner_only(tiny: Installation) -> None:
    tiny.init()
    key = tiny.folder / "key" / "pseudonym.key"
    before = key.read_bytes()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    tiny.init()
    assert key.read_bytes() == before


def test_a_ledger_is_never_given_a_second_key(tiny: Installation) -> None:
    tiny.init()
    (tiny.folder / "key" / "pseudonym.key").unlink()
    done = tiny.run("init", "--controller", "a", "--purpose", "b", "--legal-basis", "c", "--contact", "d@example.org")
    assert done.returncode == 1
    assert not (tiny.folder / "key" / "pseudonym.key").exists()


def test_another_key_stops_every_command(tiny: Installation) -> None:
    tiny.init()
    (tiny.folder / "key" / "pseudonym.key").write_text("ab" * 32 + "\n")
    done = tiny.run("status")
    assert done.returncode == 1
    assert "DAYMARK_KEY_DIR" in done.stderr.decode()


def test_a_bad_setting_is_named(tiny: Installation) -> None:
    tiny.environment["DAYMARK_INDEX_URL"] = "ftp://x"
    done = tiny.run("status")
    assert done.returncode == 1
    assert "DAYMARK_INDEX_URL" in done.stderr.decode()


def test_without_purpose_or_basis_nothing_is_imported(tiny: Installation, tmp_path: Path) -> None:
    tiny.init()
    file = lines(tmp_path / "x.ndjson", {"id": "1", "text": "hello"})
    done = tiny.run("import", str(file), "--source", "s")
    assert done.returncode == 1
    assert "purpose" in done.stderr.decode()
    assert tiny.json("status")["posts"]["seen"] == 0


def test_a_post_goes_from_file_to_trend(tiny: Installation, tmp_path: Path) -> None:
    tiny.init()
    file = lines(
        tmp_path / "x.ndjson",
        {
            "id": "1",
            "text": "Refugees are welcome in our town, come and meet your neighbours",
            "published_at": "2026-05-01",
        },
        {"id": "2", "text": "Refugees are welcome in our town too", "author": "somebody"},
    )
    tiny.must("import", str(file), "--source", "s", *BASIS)
    tiny.must("tag")
    tiny.must("index")
    status = tiny.json("status")
    assert status["posts"]["indexed"] == 2
    found = tiny.json("search", "welcome")
    # A random model may call either a plea for help: then it is withheld, and said so.
    assert found["total"] + found["withheld"] == 2
    trend = tiny.json("trends", "--interval", "month", "--from", "2026-05-01", "--to", "2026-06-01")
    assert [bucket["total"] for bucket in trend["buckets"]] == [1]
    assert trend["undated"] == 1
    assert trend["buckets"][0]["models"] == {"tiny-1": 1}


def test_the_original_is_opened_for_a_reason_and_logged(house: Installation, tmp_path: Path) -> None:
    text = (
        "We take you from Turkey to Italy, yacht every week, 5500 euro per person, pay on arrival. Call +44 7700 900123"
    )
    file = lines(tmp_path / "x.ndjson", {"id": "1", "text": text, "author": "a"})
    house.must("import", str(file), "--source", "s", *BASIS)
    house.must("tag")
    house.must("index")
    (hit,) = house.json("search", "yacht")["hits"]
    assert "[phone GB" in hit["excerpt"]
    assert "900123" not in json.dumps(hit)
    assert hit["url"].startswith("daymark:")
    assert house.run("open", hit["url"]).returncode == 2
    assert "+44 7700 900123" in house.must("open", hit["url"], "--reason", "court order 12")
    assert house.run("open", "0" * 32, "--reason", "x").returncode == 1


def test_erase_names_an_unknown_author(tiny: Installation) -> None:
    tiny.init()
    done = tiny.run("erase", "--author", "nobody", "--reason", "x")
    assert done.returncode == 1
    assert "no post of that author" in done.stderr.decode()


@pytest.mark.parametrize("words", ["status", "trends --help", "classify"])
def test_a_reader_that_stops_early_is_no_error(tiny: Installation, tmp_path: Path, words: str) -> None:
    tiny.init()
    posts = lines(tmp_path / "posts.ndjson", *({"id": n, "text": "people at the border"} for n in range(2000)))
    with posts.open("rb") as given:
        process = subprocess.Popen(
            [COMMAND, *words.split()],
            env=tiny.full_environment(),
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    assert process.wait(timeout=120) == 0
    assert process.stderr.read() == b""


def test_replaying_what_is_not_in_quarantine_is_said(tiny: Installation) -> None:
    tiny.init()
    assert "not a post id" in tiny.run("quarantine", "replay", "nosuch").stderr.decode()
    done = tiny.run("quarantine", "replay", "daymark:" + "0" * 32)
    assert done.returncode == 1
    assert "not in quarantine" in done.stderr.decode()
    assert tiny.run("quarantine", "replay").returncode == 0


def test_words_of_posts_do_not_steer_the_terminal(tiny: Installation, tmp_path: Path) -> None:
    tiny.init()
    evil = "boat \x1b[2J\x1b]0;PWNED\x07 tonight \u202e"
    file = lines(tmp_path / "x.ndjson", {"id": "1", "title": f"T{evil}", "text": evil})
    tiny.must("import", str(file), "--source", "s", *BASIS)
    tiny.must("tag")
    tiny.must("index")
    shown = tiny.must("search", "boat") + tiny.must("open", make_post_id(IMPORT, "s:1"), "--reason", "test")
    assert "PWNED" in shown
    assert not [sign for sign in ("\x1b", "\x07", "\u202e") if sign in shown]


def test_sources_add_writes_an_entry_and_refuses_a_second(tiny: Installation) -> None:
    tiny.init()
    words = ("sources", "add", "https://news.example.org/feed", "--id", "news", *BASIS, "--author-kind", "outlet")
    tiny.must(*words)
    assert [row["id"] for row in tiny.json("sources")] == ["news"]
    assert tiny.run(*words).returncode == 1
    assert tiny.run("sources", "add", "news.example.org", "--id", "b", *BASIS).returncode == 1
