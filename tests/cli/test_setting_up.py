"""init and sources: keys, ledgers and registers are made once, never a second one beside them.

Commands run inside this process, through the door that `daymark` uses.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
import yaml
from typer.testing import CliRunner, Result

from cli.app import app
from cli.faults import one_line
from config import load_key
from ledger import erase_post, land, open_ledger
from records import WEB, Landing, Post, RawItem
from tests.crawlers.site import serve
from tests.ledger.world import make_capture
from tools.processes import free_port

ANSWERS = ("--controller", "a", "--purpose", "b", "--legal-basis", "c", "--contact", "d@example.org")
BASIS = ("--purpose", "tests", "--legal-basis", "invented posts")
FEED = ("sources", "add", "https://news.example/feed", "--id", "news")


@dataclass
class Bare:
    """An installation without model, in a folder of its own."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def key(self) -> Path:
        return self.folder / "key" / "pseudonym.key"

    def run(self, *words: str) -> Result:
        mine = {"DAYMARK_DATA": str(self.data), "DAYMARK_KEY_DIR": str(self.key.parent)}
        try:
            return CliRunner().invoke(app, words, env={**mine, **self.environment})
        finally:
            # Logs go to the stream that the runner has closed by now.
            structlog.reset_defaults()

    def must(self, *words: str) -> str:
        done = self.run(*words)
        assert done.exit_code == 0, done.exception
        return done.output

    def refused(self, *words: str) -> str:
        """The line that `daymark` prints of a command that fails."""
        done = self.run(*words)
        assert done.exit_code == 1
        assert isinstance(done.exception, Exception)
        line = one_line(done.exception)
        assert "defect" not in line
        return line


@pytest.fixture
def bare(tmp_path: Path) -> Bare:
    return Bare(tmp_path)


# Keys and ledgers


def test_no_key_is_made_while_the_ledger_cannot_be_asked_for_its_own(bare: Bare) -> None:
    bare.environment["DAYMARK_LEDGER_URL"] = f"postgresql+psycopg://daymark@127.0.0.1:{free_port()}/daymark"
    assert "does not answer" in bare.refused("init", *ANSWERS)
    assert not bare.key.exists()


def test_a_ledger_is_known_by_any_spelling_of_its_address(bare: Bare) -> None:
    bare.must("init", *ANSWERS)
    bare.key.unlink()
    bare.environment["DAYMARK_LEDGER_URL"] = f"sqlite:///{bare.data}/../data/ledger.sqlite?timeout=5"
    assert "restore it from your backup" in bare.refused("init")
    assert not bare.key.exists()


def test_a_lost_ledger_is_said_and_not_replaced(bare: Bare) -> None:
    bare.must("init", *ANSWERS)
    for file in bare.data.glob("ledger.sqlite*"):
        file.unlink()
    for words in (("sources",), ("index", "check"), ("collect",)):
        assert "there is no ledger at" in bare.refused(*words)
    assert not (bare.data / "ledger.sqlite").exists()
    bare.environment["DAYMARK_LEDGER_URL"] = f"sqlite:///{bare.data}/nodir/x.sqlite"
    assert "daymark init" in bare.refused("sources")
    assert not (bare.data / "nodir").exists()


# The register


@pytest.mark.parametrize(
    "text", [yaml.safe_dump({"sources": [{"id": "other", "kind": "import"}]}), "", "# mine\nsources:\n"]
)
def test_sources_add_leaves_a_register_that_can_be_read(bare: Bare, text: str) -> None:
    bare.must("init", *ANSWERS)
    (bare.data / "sources.yaml").write_text(text)
    bare.must(*FEED, *BASIS)
    assert [row["id"] for row in json.loads(bare.must("sources", "--json"))][-1] == "news"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*FEED, "--purpose", " ", "--legal-basis", "x"), "no purpose"),
        (("sources", "add", "https://", "--id", "b", *BASIS), "url is no address"),
        (("sources", "add", "https://n.example/f", "--id", "My News", *BASIS), "lower-case letters"),
    ],
)
def test_sources_add_refuses_what_would_not_run(bare: Bare, words: tuple[str, ...], said: str) -> None:
    bare.must("init", *ANSWERS)
    before = (bare.data / "sources.yaml").read_bytes()
    assert said in bare.refused(*words)
    assert (bare.data / "sources.yaml").read_bytes() == before


def test_ill_formed_answers_are_said_in_words(bare: Bare, tmp_path: Path) -> None:
    line = bare.refused(
        "init", "--controller", "a", "--purpose", "todo", "--legal-basis", "c", "--contact", "d@x.example"
    )
    assert line == "purpose: must say something"
    bare.must("init", *ANSWERS)
    file = tmp_path / "x.ndjson"
    file.write_text(json.dumps({"id": "1", "text": "a"}) + "\n")
    line = bare.refused("import", str(file), "--source", "My Export", *BASIS)
    assert "'My Export' is no id: lower-case letters, digits, . _ - only" in line


def test_a_crawled_source_takes_no_file(bare: Bare, tmp_path: Path) -> None:
    bare.must("init", *ANSWERS)
    bare.must(*FEED, *BASIS)
    file = tmp_path / "x.ndjson"
    file.write_text(json.dumps({"id": "1", "text": "a"}) + "\n")
    assert "choose another --source" in bare.refused("import", str(file), "--source", "news")
    assert json.loads(bare.must("sources", "--json"))[0]["state"] == "new"


def test_a_check_shows_working_copies_and_nothing_that_was_erased(bare: Bare) -> None:
    bare.must("init", *ANSWERS)
    erased = Post(
        platform=WEB, native_id="https://n.example/2", source="news", text="x", collected_at=datetime.now(UTC)
    )
    with open_ledger(f"sqlite:///{bare.data}/ledger.sqlite", load_key(bare.key.parent)) as ledger:
        land(ledger, [Landing(post=erased, raw=RawItem(body=b"x", media_type="text/plain"), capture=make_capture("c"))])
        erase_post(ledger, erased.post_id, "asked for")
    with serve() as site:
        site.serve(
            "/feed",
            "<rss version='2.0'><channel><title>t</title>"
            "<item><link>https://n.example/1</link><title>Boat on Friday</title>"
            "<description>Call +44 7700 900123 or write to unit@mail.example</description></item>"
            "<item><link>https://n.example/2</link><title>Erased words</title></item></channel></rss>",
            Content_Type="application/rss+xml",
        )
        entry = {"id": "news", "kind": "feeds", "url": site.base_url + "/feed", "purpose": "p", "legal_basis": "l"}
        mine = {"allow_private": True, "articles": False, "delay": 0}
        (bare.data / "sources.yaml").write_text(yaml.safe_dump({"sources": [{**entry, **mine}]}))
        shown = bare.must("sources", "check", "news", "--json")
        table = bare.must("sources", "check", "news")
    found = json.loads(shown)
    (post,) = found["posts"]
    assert (found["outcome"], found["erased"]) == ("ok", 1)
    assert post["text"].startswith("Call [phone GB ")
    assert post["url"] == f"daymark:{post['post_id']}"
    assert "1 posts would land" in table
    assert "Boat on Friday" in table
    for secret in ("7700", "unit@mail", "Erased words", "n.example"):
        assert secret not in shown + table
