"""sources add: what an entry of each kind needs is asked for in words, and no key is ever written down."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.test_setting_up import ANSWERS, BASIS, Bare
from tests.crawlers.site import serve

CHANNEL = "UC0123456789012345678901"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bare:
    for name in ("INVENTED_KEY", "INVENTED_SECRET"):
        monkeypatch.setenv(name, "s3cret")
    monkeypatch.delenv("MISSING_KEY", raising=False)
    found = Bare(tmp_path)
    found.must("init", *ANSWERS)
    return found


def only(house: Bare) -> dict[str, Any]:
    (entry,) = yaml.safe_load((house.data / "sources.yaml").read_text("utf-8"))["sources"]
    found: dict[str, Any] = entry
    return found


@pytest.mark.parametrize(
    ("words", "kind", "target"),
    [
        ((f"https://www.youtube.com/channel/{CHANNEL}",), "youtube", f"channel:{CHANNEL}"),
        (("--kind", "youtube", "--target", "video:abcdefghijk"), "youtube", "video:abcdefghijk"),
        (("https://youtu.be/abcdefghijk", "--kind", "youtube"), "youtube", "video:abcdefghijk"),
        (("https://vk.com/public123",), "vk", "wall:-123"),
        (("--kind", "vk", "--target", "search:boat to Italy"), "vk", "search:boat to Italy"),
    ],
)
def test_a_keyed_source_is_written_from_its_address_or_its_target(
    house: Bare, words: tuple[str, ...], kind: str, target: str
) -> None:
    house.must("sources", "add", *words, "--credentials", "INVENTED_KEY", *BASIS)
    entry = only(house)
    assert (entry["kind"], entry["target"], entry["credentials"]) == (kind, target, ["INVENTED_KEY"])
    assert "url" not in entry, "the interface has an address of its own"
    assert "s3cret" not in (house.data / "sources.yaml").read_text("utf-8")
    assert json.loads(house.must("sources", "--json"))[0]["state"] == "new"


def test_x_is_written_with_its_budget_and_reddit_with_two_names(house: Bare) -> None:
    x = ("sources", "add", "https://x.com/search?q=boat%20price", "--credentials", "INVENTED_KEY", *BASIS)
    assert "limits.money" in house.refused(*x)
    house.must(*x, "--money", "0.5", "--money-month", "10")
    entry = only(house)
    assert (entry["target"], entry["limits"]) == ("boat price", {"money": 0.5, "money_month": 10.0})
    reddit = ("sources", "add", "https://www.reddit.com/r/invented", *BASIS)
    assert "its secret" in house.refused(*reddit, "--credentials", "INVENTED_KEY")
    house.must(*reddit, "--id", "sub", "--credentials", "INVENTED_KEY,INVENTED_SECRET")
    found = yaml.safe_load((house.data / "sources.yaml").read_text("utf-8"))["sources"][1]
    assert (found["kind"], found["credentials"]) == ("reddit", ["INVENTED_KEY", "INVENTED_SECRET"])


def test_a_stream_is_known_by_its_address_and_wants_to_know_what_to_keep(house: Bare) -> None:
    stream = ("sources", "add", "wss://stream.example", *BASIS)
    assert "say which accounts, words or hashtags are wanted" in house.refused(*stream)
    assert "is no DID" in house.refused(*stream, "--account", "ana.example")
    house.must(*stream, "--word", "tekne*", "--word", "can yeleği", "--hashtag", "göç", "--language", "tr",
               "--account", "did:plc:anaexample234567,did:plc:benexample234567")  # fmt: skip
    entry = only(house)
    assert (entry["kind"], entry["words"], entry["hashtags"]) == ("jetstream", ["tekne*", "can yeleği"], ["göç"])
    assert entry["accounts"] == ["did:plc:anaexample234567", "did:plc:benexample234567"]
    assert json.loads(house.must("sources", "--json"))[0]["state"] == "new"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give its URL, or --kind and --target"),
        (("--kind", "youtube"), "give its URL, or --kind and --target"),
        (("https://vk.com/public123",), "--credentials"),
        (("https://youtu.be/abcdefghijk", "--credentials", "MISSING_KEY"), "MISSING_KEY is not set"),
        (("--kind", "youtube", "--target", "nonsense", "--credentials", "INVENTED_KEY"), "video:ID or channel:UC"),
        (("https://www.youtube.com/watch", "--credentials", "INVENTED_KEY"), "video:ID or channel:UC"),
        (("https://news.example/feed", "--kind", "youtube", "--credentials", "INVENTED_KEY"), "give --target"),
        (("https://board.example/viewforum.php?f=3", "--kind", "forum"), "engine"),
        (("https://board.example/viewforum.php?f=3", "--engine", "phpbb", "--timezone", "Nowhere"), "no time zone"),
        (("https://news.example/feed", "--language", "Türkçe"), "no language code"),
        (("https://news.example/feed", "--interval", "5s"), "impolite"),
    ],
)
def test_what_is_missing_or_wrong_is_said(house: Bare, words: tuple[str, ...], said: str) -> None:
    before = (house.data / "sources.yaml").read_bytes()
    assert said in house.refused("sources", "add", *words, *BASIS)
    assert (house.data / "sources.yaml").read_bytes() == before


def test_a_key_that_is_given_in_the_place_of_its_name_is_not_repeated(house: Bare) -> None:
    said = house.refused("sources", "add", "https://vk.com/public123", "--credentials", "vk1.a.s3cret", *BASIS)
    assert "never the keys themselves" in said
    assert "s3cret" not in said
    assert "s3cret" not in (house.data / "sources.yaml").read_text("utf-8")


def test_an_entry_says_who_switched_it_on_and_what_its_terms_are(house: Bare) -> None:
    words = ("--language", "tr", "--language", "ku", "--region", "TR", "--terms-url", "https://board.example/terms",
             "--terms-read", "2026-11-20", "--by", "Ana", "--timezone", "Europe/Istanbul")  # fmt: skip
    house.must("sources", "add", "https://board.example/viewforum.php?f=3", "--engine", "phpbb", *words, *BASIS)
    entry = only(house)
    assert (entry["kind"], entry["engine"], entry["timezone"]) == ("forum", "phpbb", "Europe/Istanbul")
    assert (entry["languages"], entry["regions"]) == (["tr", "ku"], ["TR"])
    assert str(entry["terms_read"]) == "2026-11-20"
    assert entry["switched_on_by"] == f"Ana, {datetime.now(UTC):%Y-%m-%d}"
    assert json.loads(house.must("sources", "--json"))[0]["switched_on_by"] == entry["switched_on_by"]
    assert entry["switched_on_by"] in house.must("sources")


def test_an_entry_that_was_switched_off_is_enabled_by_somebody(house: Bare) -> None:
    house.must("sources", "add", "https://news.example/feed", "--id", "news", *BASIS)
    path = house.data / "sources.yaml"
    path.write_text(path.read_text("utf-8") + "  enabled: false\n", "utf-8")
    assert json.loads(house.must("sources", "--json"))[0]["state"] == "off"
    house.must("sources", "enable", "news", "--by", "Ben")
    assert only(house)["switched_on_by"].startswith("Ben, ")
    assert json.loads(house.must("sources", "--json"))[0]["state"] == "new"
    assert "no proposal" in house.refused("sources", "enable", "news", "--credentials", "INVENTED_KEY")


def test_a_forum_is_recognised_by_its_page(house: Bare) -> None:
    with serve() as site:
        page = "<html><body id='phpbb' class='nojs section-viewforum'></body></html>"
        url = site.serve("/viewforum.php?f=3", page, Content_Type="text/html")
        front = site.serve("/", "<html><body id='phpbb' class='section-index'></body></html>", Content_Type="text/html")
        assert "not the list of topics" in house.refused("sources", "add", front, "--allow-private", *BASIS)
        house.must("sources", "add", url, "--allow-private", *BASIS)
        assert site.paths() == ["/", "/viewforum.php?f=3"]
    entry = only(house)
    assert (entry["kind"], entry["engine"], entry["url"]) == ("forum", "phpbb", url)
