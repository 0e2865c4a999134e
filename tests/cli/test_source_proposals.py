"""Proposals at the register's door: listed with their evidence, accepted by somebody as a source, refused for good."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import load_key
from ledger import CitedPlace, claim_tag, commit_tags, land, make_worker, open_ledger, schema
from tests.cli.test_setting_up import ANSWERS, BASIS, Bare
from tests.indexer.shapes import assert_shape
from tests.ledger.world import make_landing, make_tags, rows

CHANNEL = CitedPlace("telegram", "https://t.me/invented_channel")
ACCOUNT = CitedPlace("bluesky", "https://bsky.app/profile/news.example")
SUBREDDIT = CitedPlace("reddit", "https://www.reddit.com/r/invented")


@pytest.fixture
def house(tmp_path: Path) -> Bare:
    """Two sources' posts link to a channel, one's to a subreddit."""
    found = Bare(tmp_path)
    found.must("init", *ANSWERS)
    with open_ledger(f"sqlite:///{found.data}/ledger.sqlite", load_key(found.key.parent)) as ledger:
        land(ledger, [make_landing(1), make_landing(2, source="other")])
        with make_worker(ledger) as worker:
            work = claim_tag(ledger, worker, 10)
            cited = {work[0].post.post_id: [CHANNEL], work[1].post.post_id: [CHANNEL, SUBREDDIT]}
            commit_tags(ledger, worker, [(item.post, make_tags()) for item in work], cited)
    return found


def listed(house: Bare, *words: str) -> dict[str, dict[str, Any]]:
    found = json.loads(house.must("sources", "proposals", "--json", *words))
    assert_shape("sources-proposals", found)
    return {row["address"] or "": row for row in found}


def entries(house: Bare) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((house.data / "sources.yaml").read_text("utf-8"))["sources"]
    return found


def cite_account(house: Bare) -> None:
    with open_ledger(f"sqlite:///{house.data}/ledger.sqlite", load_key(house.key.parent)) as ledger:
        land(ledger, [make_landing(3)])
        with make_worker(ledger) as worker:
            work = claim_tag(ledger, worker, 10)
            done = [(item.post, make_tags()) for item in work]
            commit_tags(ledger, worker, done, {item.post.post_id: [ACCOUNT] for item in work})


def proposals_of(house: Bare) -> list[dict[str, Any]]:
    with open_ledger(f"sqlite:///{house.data}/ledger.sqlite", load_key(house.key.parent)) as ledger:
        return rows(ledger, schema.proposal)


def test_proposals_are_listed_with_their_evidence_the_strongest_first(house: Bare) -> None:
    found = listed(house)
    assert list(found) == [CHANNEL.address, SUBREDDIT.address]
    assert (found[CHANNEL.address]["posts"], found[CHANNEL.address]["sources"]) == (2, 2)
    assert list(listed(house, "--min-posts", "2")) == [CHANNEL.address]
    table = house.must("sources", "proposals")
    assert found[CHANNEL.address]["id"] in table
    assert "daymark sources refuse" in table


def test_what_is_accepted_becomes_a_source_of_somebody(house: Bare) -> None:
    place = listed(house)[CHANNEL.address]["id"]
    assert "purpose" in house.refused("sources", "accept", place)
    said = house.must("sources", "accept", place, "--by", "Ana", "--terms-read", "2026-11-20", *BASIS)
    (entry,) = entries(house)
    assert (entry["kind"], entry["url"], entry["id"]) == ("telegram", CHANNEL.address, "t-me-invented-channel")
    assert entry["switched_on_by"].startswith("Ana, ")
    assert str(entry["terms_read"]) == "2026-11-20"
    assert "telegram_basis" in said, "it is not read before the deployment says why it may be"
    assert list(listed(house)) == [SUBREDDIT.address]
    decided = listed(house, "--all")[CHANNEL.address]
    assert (decided["state"], decided["decided_by"], decided["source"]) == ("accepted", "Ana", entry["id"])
    assert "was accepted on" in house.refused("sources", "accept", place, *BASIS)


def test_a_subreddit_is_accepted_as_its_feed_or_with_a_key(house: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    place = listed(house)[SUBREDDIT.address]["id"]
    monkeypatch.setenv("REDDIT_ID", "x")
    monkeypatch.setenv("REDDIT_SECRET", "y")
    house.must("sources", "accept", place, "--id", "sub", "--credentials", "REDDIT_ID,REDDIT_SECRET", *BASIS)
    (entry,) = entries(house)
    assert (entry["kind"], entry["target"], entry["id"]) == ("reddit", "invented", "sub")
    assert "url" not in entry


def test_an_organisations_account_is_accepted_as_a_source_that_is_read(house: Bare) -> None:
    house.must("sources", "add", "https://www.news.example/feed", "--id", "paper", "--author-kind", "outlet", *BASIS)
    cite_account(house)
    found = listed(house)[ACCOUNT.address]
    assert (found["platform"], found["posts"]) == ("bluesky", 1)
    house.must("sources", "accept", found["id"], "--id", "paper-bluesky", *BASIS)
    entry = entries(house)[1]
    assert (entry["kind"], entry["account"]) == ("bluesky", "news.example")
    assert entry["author_kind"] == "organisation", "no other account is ever proposed"
    assert {row["id"]: row["state"] for row in json.loads(house.must("sources", "--json"))}["paper-bluesky"] == "new"
    assert ACCOUNT.address not in listed(house)


def test_an_account_that_the_register_reads_already_is_no_proposal(house: Bare) -> None:
    """Known by another entry of the register, the outlet's feed."""
    cite_account(house)
    house.must("sources", "add", "https://www.news.example/feed", "--id", "paper", "--author-kind", "outlet", *BASIS)
    house.must("sources", "add", ACCOUNT.address, "--id", "mine", *BASIS)
    assert ACCOUNT.address not in listed(house)


def test_what_is_refused_does_not_come_again_and_its_address_is_gone(house: Bare) -> None:
    place = listed(house)[CHANNEL.address]["id"]
    house.must("sources", "refuse", place, "--by", "Ana")
    assert CHANNEL.address not in listed(house)
    assert "was refused on" in house.refused("sources", "refuse", place)
    assert "was refused on" in house.refused("sources", "accept", place, *BASIS)
    assert "invented_channel" not in json.dumps(listed(house, "--all"))
    assert entries(house) == []


def test_a_place_that_the_register_reads_already_is_no_proposal(house: Bare) -> None:
    house.must("sources", "add", "https://t.me/Invented_Channel", "--id", "mine", *BASIS)
    assert list(listed(house)) == [SUBREDDIT.address]


def test_an_acceptance_that_was_cut_off_is_ended_by_the_next(house: Bare) -> None:
    """The file had been written, the ledger had not."""
    place = listed(house)[CHANNEL.address]["id"]
    house.must("sources", "add", CHANNEL.address, "--id", "mine", *BASIS)
    house.must("sources", "accept", place, "--by", "Ana")
    assert [entry["id"] for entry in entries(house)] == ["mine"]
    assert {row["address"]: row["source"] for row in proposals_of(house)}[CHANNEL.address] == "mine"


@pytest.mark.parametrize("words", [("accept", "0" * 16), ("refuse", "0" * 16), ("refuse", "nonsense")])
def test_what_is_no_proposal_is_said(house: Bare, words: tuple[str, str]) -> None:
    said = house.refused("sources", *words, *(BASIS if words[0] == "accept" else ()))
    assert words[1] in said
    assert entries(house) == []


def test_without_proposals_the_list_says_so(tmp_path: Path) -> None:
    bare = Bare(tmp_path)
    bare.must("init", *ANSWERS)
    assert "no proposals" in bare.must("sources", "proposals")
    assert json.loads(bare.must("sources", "proposals", "--json")) == []
