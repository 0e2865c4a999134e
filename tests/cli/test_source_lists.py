"""The register's door: what an address is, lists of feeds in and out, the shipped register, and who switched on what."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from tests.cli.test_setting_up import ANSWERS, BASIS, Bare
from tests.crawlers.site import Site, item, rss, serve
from tests.indexer.shapes import assert_shape

OPML = """<opml version="1.0"><body><outline text="Folder">
<outline text="The Daily" xmlUrl="https://daily.example/feed"/><outline text="Bad" xmlUrl="ftp://x"/>
<outline text="Twice" xmlUrl="https://daily.example/feed"/></outline></body></opml>"""


@pytest.fixture
def house(tmp_path: Path) -> Bare:
    found = Bare(tmp_path)
    found.must("init", *ANSWERS)
    return found


def entry(house: Bare, source_id: str) -> dict[str, object]:
    listed = yaml.safe_load((house.data / "sources.yaml").read_text("utf-8"))["sources"]
    found: dict[str, object] = next(entry for entry in listed if entry["id"] == source_id)
    return found


def test_a_home_page_is_asked_once_and_its_feed_becomes_the_source(house: Bare) -> None:
    with serve() as site:
        feed = site.serve("/news.xml", rss(item(1)), Content_Type="application/rss+xml")
        head = "<link rel='alternate' type='application/rss+xml' href='/comments/feed/'>"
        page = f"<html><head>{head}<link rel='alternate' type='application/rss+xml' href='/news.xml'></head></html>"
        home = site.serve("/", page, Content_Type="text/html")
        said = house.must("sources", "add", home, "--allow-private", *BASIS)
        assert site.paths() == ["/"]
        assert "web site: read as feeds" in said
        assert "/comments/feed/" in said
        source_id = yaml.safe_load((house.data / "sources.yaml").read_text("utf-8"))["sources"][0]["id"]
        written = entry(house, source_id)
        assert (written["kind"], written["url"]) == ("feeds", feed)
        checked = json.loads(house.must("sources", "check", source_id, "--json"))
        assert checked["outcome"] == "ok"


def test_what_a_platform_writes_into_its_pages_decides(house: Bare) -> None:
    with serve() as site:
        tag = site.serve("/tags/boats", "<html><body><div id='mastodon'></div></body></html>", Content_Type="text/html")
        house.must("sources", "add", tag, "--id", "boats", "--allow-private", *BASIS)
        written = entry(house, "boats")
        assert (written["kind"], written["url"], written["tag"]) == ("mastodon", site.base_url, "boats")


def refuse(site: Site) -> str:
    site.serve("/robots.txt", "User-agent: *\nDisallow: /")
    return site.serve("/", "<html></html>")


@pytest.mark.parametrize(
    ("lay_out", "words"),
    [
        (lambda site: site.serve("/", "<html><p>nothing</p></html>"), "names no feed"),
        (lambda site: site.serve("/", "closed", 403), "refuses us"),
        (lambda site: f"{site.base_url}/missing", "HTTP 404"),
        (refuse, "robots.txt"),
    ],
)
def test_what_cannot_be_read_is_not_written(house: Bare, lay_out: Callable[[Site], str], words: str) -> None:
    before = (house.data / "sources.yaml").read_bytes()
    with serve() as site:
        url = lay_out(site)
        said = house.refused("sources", "add", url, "--allow-private", *BASIS)
    assert words in said
    assert "--kind" in said
    assert (house.data / "sources.yaml").read_bytes() == before


def test_no_request_is_made_of_a_private_address_unless_it_is_allowed(house: Bare) -> None:
    with serve() as site:
        home = site.serve("/", rss(item(1)))
        assert "private address" in house.refused("sources", "add", home, *BASIS)
        assert site.asked == []


def test_what_is_open_to_nobody_says_what_to_do(house: Bare) -> None:
    said = house.refused("sources", "add", "https://www.facebook.com/groups/1", *BASIS)
    assert "daymark import" in said


def test_kind_and_flags_are_taken_as_they_are_given(house: Bare) -> None:
    house.must("sources", "add", "https://one.example/", "--id", "one", "--kind", "feeds", *BASIS)
    house.must("sources", "add", "https://two.example/", "--id", "two", "--wordpress", "--comments", *BASIS)
    house.must("sources", "add", "https://three.example", "--id", "three", "--tag", "boats", *BASIS)
    assert entry(house, "one")["url"] == "https://one.example/"
    assert (entry(house, "two")["wordpress"], entry(house, "two")["comments"]) == (True, True)
    assert entry(house, "three")["kind"] == "mastodon"


def test_a_source_is_accepted_by_somebody_on_a_day(house: Bare) -> None:
    rows = json.loads(house.must("sources", "catalogue", "--json"))
    assert_shape("sources-catalogue", rows)
    assert len(rows) >= 40
    arabic = json.loads(house.must("sources", "catalogue", "--lang", "ar", "--json"))
    assert 0 < len(arabic) < len(rows)
    assert rows[0]["id"] in house.must("sources", "catalogue")
    chosen = rows[0]["id"]
    assert "no purpose" in house.refused("sources", "accept", chosen)
    house.must("sources", "accept", chosen, "--by", "Ana", "--terms-read", "2026-11-01", *BASIS)
    written = entry(house, chosen)
    assert written["switched_on_by"] == f"Ana, {datetime.now(UTC):%Y-%m-%d}"
    assert (written["enabled"], str(written["terms_read"])) == (True, "2026-11-01")
    assert json.loads(house.must("sources", "--json"))[0]["state"] == "new"
    assert "there is no source" in house.refused("sources", "accept", "nowhere", *BASIS)


def test_a_list_of_feeds_comes_in_off_and_goes_out_again(house: Bare, tmp_path: Path) -> None:
    file = tmp_path / "list.opml"
    file.write_text(OPML, "utf-8")
    answer = json.loads(house.must("sources", "import-opml", str(file), "--author-kind", "outlet", "--json"))
    assert_shape("sources-import-opml", answer)
    assert (answer["added"], sum(answer["skipped"].values())) == (["the-daily"], 2)
    row = json.loads(house.must("sources", "--json"))[0]
    assert (row["state"], row["message"]) == ("off", "switched off in sources.yaml")
    assert json.loads(house.must("sources", "import-opml", str(file), "--json"))["added"] == []
    house.must("sources", "accept", "the-daily", "--by", "Ana", *BASIS)
    assert entry(house, "the-daily")["author_kind"] == "outlet"
    out = tmp_path / "out.opml"
    house.must("sources", "export-opml", str(out))
    assert "https://daily.example/feed" in out.read_text("utf-8")
    assert "https://daily.example/feed" in house.must("sources", "export-opml")
    file.write_text("<rss/>", "utf-8")
    assert "is no list of feeds" in house.refused("sources", "import-opml", str(file))
