"""sources check and status: what robots.txt says, by its hash, which terms were read, and what reading costs."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from crawlers import Cost, polls_a_day
from tests.cli.test_setting_up import ANSWERS, BASIS, Bare
from tests.crawlers.conftest import make_source
from tests.crawlers.site import Site, item, rss, serve
from tests.indexer.shapes import assert_shape

RULES = "User-agent: *\nCrawl-delay: 1\nDisallow: /private\n"
TERMS = ("--terms-url", "https://news.example/terms", "--terms-read", "2026-11-20")


@pytest.fixture
def house(tmp_path: Path) -> Bare:
    found = Bare(tmp_path)
    found.must("init", *ANSWERS)
    return found


def check(house: Bare) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(house.must("sources", "check", "news", "--json"))
    assert_shape("sources-check", found)
    return found


def add(house: Bare, site: Site, *words: str) -> None:
    feed = site.serve("/feed", rss(item(1), item(2)), Content_Type="application/rss+xml")
    house.must("sources", "add", feed, "--id", "news", "--kind", "feeds", "--allow-private", *words, *BASIS)


def listed(house: Bare) -> dict[str, Any]:
    rows = json.loads(house.must("sources", "--json"))
    assert_shape("sources", rows)
    found: dict[str, Any] = rows[0]
    return found


def test_a_check_says_what_robots_and_terms_say_and_what_it_costs(house: Bare) -> None:
    with serve() as site:
        site.serve("/robots.txt", RULES)
        add(house, site, *TERMS, "--interval", "6h")
        found = check(house)
        text = house.must("sources", "check", "news")
    digest = sha256(RULES.encode()).hexdigest()
    robots = found["robots"]
    assert (robots["verdict"], robots["sha256"], robots["crawl_delay"]) == ("allows", digest, 1.0)
    assert robots["changed_since"] is None
    assert found["terms"] == {"url": "https://news.example/terms", "read": "2026-11-20"}
    spent, day = found["cost"]["check"], found["cost"]["day"]
    assert (spent["requests"], spent["quota_units"], spent["usd"]) == (2, None, None)
    assert spent["bytes"] > len(RULES)
    assert spent["seconds"] > 0
    assert (day["polls"], day["requests"], day["bytes"]) == (4, 8, 4 * spent["bytes"])
    assert len(found["posts"]) == 2
    for words in (digest, "1 s between requests", "read 2026-11-20", "2 requests", "at most 4 polls"):
        assert words in text


def test_a_poll_keeps_the_hash_and_a_change_of_it_is_said_in_status(house: Bare) -> None:
    with serve() as site:
        site.serve("/robots.txt", RULES.replace("Crawl-delay: 1\n", ""))
        add(house, site)
        assert listed(house)["robots"] is None
        house.must("collect", "--source", "news")
        first = listed(house)["robots"]
        assert (first["verdict"], first["changed_at"]) == ("allows", None)
        assert json.loads(house.must("status", "--json"))["robots_changed"] == []
        site.serve("/robots.txt", "User-agent: *\nDisallow: /feed\n")
        assert check(house)["robots"]["changed_since"] == first["read_at"]
        assert house.run("collect", "--source", "news").exit_code == 1
        second = listed(house)["robots"]
        assert second["verdict"] == "forbids"
        assert second["sha256"] not in (None, first["sha256"])
        status = json.loads(house.must("status", "--json"))
        assert_shape("status", status)
        (change,) = status["robots_changed"]
        assert (change["source"], change["at"], change["verdict"]) == ("news", second["changed_at"], "forbids")
        assert "robots.txt of news changed" in house.must("status")


def test_a_source_without_terms_is_told_so_and_one_that_cannot_be_asked_costs_nothing(house: Bare) -> None:
    with serve() as site:
        add(house, site)
        assert "terms: not noted" in house.must("sources", "check", "news")
    path = house.data / "sources.yaml"
    path.write_text(path.read_text("utf-8").replace("purpose: tests", "purpose: todo"), "utf-8")
    found = check(house)
    assert (found["outcome"], found["robots"], found["cost"]) == ("failed", None, None)
    assert "nothing was asked" in house.must("sources", "check", "news")


def test_a_day_costs_no_more_than_limits_allow() -> None:
    source = make_source(
        "https://news.example/feed", interval="1h", limits={"requests": 5, "quota": 100, "seconds": 60}
    )
    day = Cost(requests=7, bytes=1000, seconds=90.0, quota_units=10, usd=0.25).a_day(source)
    assert day == Cost(requests=120, bytes=24_000, seconds=1440.0, quota_units=100, usd=6.0)
    assert polls_a_day(make_source("https://news.example/feed", interval="3d")) == 1
