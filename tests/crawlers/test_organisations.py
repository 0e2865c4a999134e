"""Which accounts are an organisation's by their address alone; whatever could be a person's is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from config import Source, load_catalogue
from crawlers import organisations
from crawlers.detect import detect_address, detect_page
from crawlers.links import find_places
from crawlers.page import Page
from crawlers.places import is_account, known_hosts, place_at, place_of
from ledger import CitedPlace
from tests.crawlers.conftest import make_source

OUTLET = make_source("https://www.news.example/feed", author_kind="outlet")
AID = make_source("https://rss.aid.example/sitemap.xml", kind="sitemap", author_kind="organisation")
BLOG = make_source("https://jane.example/feed", author_kind="person")
HOSTS = known_hosts([OUTLET, AID, BLOG])
PAPER = CitedPlace("bluesky", "https://bsky.app/profile/news.example")
MINISTRY = CitedPlace("fediverse", "https://social.bund.de/@bmi")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://bsky.app/profile/news.example", PAPER.address),
        ("https://www.bsky.app/profile/News.Example/post/3kinvented", PAPER.address),
        ("https://bsky.app/profile/news.example/rss", PAPER.address),
        ("https://bsky.app/profile/aid.example", "https://bsky.app/profile/aid.example"),
        # Of the shipped register, whatever the operator's own reads
        ("https://bsky.app/profile/sea-watch.org", "https://bsky.app/profile/sea-watch.org"),
        # Only institutions can register these
        ("https://bsky.app/profile/iom.int", "https://bsky.app/profile/iom.int"),
        ("https://bsky.app/profile/dhs.gov", "https://bsky.app/profile/dhs.gov"),
        ("https://bsky.app/profile/ec.europa.eu", "https://bsky.app/profile/ec.europa.eu"),
        ("https://bsky.app/profile/homeoffice.gov.uk", "https://bsky.app/profile/homeoffice.gov.uk"),
        ("https://bsky.app/profile/gov.uk", "https://bsky.app/profile/gov.uk"),
        ("https://bsky.app/profile/un.org", "https://bsky.app/profile/un.org"),
        # Servers on which organisations alone have accounts
        ("https://social.bund.de/@BMI", MINISTRY.address),
        ("https://social.bund.de/web/@bmi/112233", MINISTRY.address),
        ("https://social.bund.de/users/bmi/statuses/112233", MINISTRY.address),
        ("https://social.bund.de/@bmi.rss", MINISTRY.address),
        ("https://bawü.social/@invented", "https://xn--baw-joa.social/@invented"),
        ("https://xn--baw-joa.social/@invented", "https://xn--baw-joa.social/@invented"),
        ("https://ec.social-network.europa.eu/@EUCommission", "https://ec.social-network.europa.eu/@eucommission"),
        # A server of the register's: the account that is called like it
        ("https://social.news.example/@news", "https://social.news.example/@news"),
    ],
)
def test_accounts_of_organisations_are_places(url: str, address: str) -> None:
    place = place_at(url, HOSTS)
    assert place is not None
    assert place.address == address
    assert place.platform in ("bluesky", "fediverse")
    assert place_at(address, HOSTS) == place
    assert is_account(address)


@pytest.mark.parametrize(
    "url",
    [
        # Everybody has such names
        "https://bsky.app/profile/somebody.bsky.social", "https://bsky.app/profile/news.example.bsky.social",
        "https://bsky.app/profile/did:plc:invented234567", "https://bsky.app/profile/did:web:news.example",
        "https://bsky.app/profile/somebody.example", "https://bsky.app/profile/jane.example",
        # Below a domain stand staff, members of parliament, the government
        "https://bsky.app/profile/somebody.news.example", "https://bsky.app/profile/somebody.senate.gov",
        "https://bsky.app/profile/somebody.ec.europa.eu", "https://bsky.app/profile/somebody.un.org",
        "https://bsky.app/profile/somebody.parliament.gov.uk",
        # Not what they look like
        "https://bsky.app/profile/news.example.somebody.example", "https://bsky.app/profile/notnews.example",
        "https://bsky.app/profile/iom.int.example", "https://bsky.app/profile/gov", "https://bsky.app/profile/europa.eu.example",
        "https://bsky.app/profile/bund.gov.de", "https://bsky.app/profile/ｎews.example",
        "https://bsky.app.example/profile/news.example", "https://bsky.app/profile/news.example/follows",
        # Persons have accounts there, too, or nobody knows
        "https://social.news.example/@somebody", "https://social.overheid.nl/@somebody",
        "https://ec.social-network.europa.eu/@somebody", "https://jane.example/@jane", "https://mastodon.social/@news",
        "https://social.bund.de.example/@bmi", "https://news.example.somebody.example/@news",
        # One server's view of somebody elsewhere
        "https://social.bund.de/@somebody@social.example", "https://social.bund.de/@somebody@social.example/112233",
        # Elsewhere no domain and no server tells
        "https://www.youtube.com/@news", "https://x.com/news", "https://vk.com/news", "https://t.me/news",
        "https://www.threads.net/@news", "https://www.tiktok.com/@news",
    ],
)  # fmt: skip
def test_what_could_be_a_persons_account_is_none(url: str) -> None:
    assert place_at(url, HOSTS) is None


@pytest.mark.parametrize(
    "source",
    [
        make_source("https://mastodon.example/@somebody.rss", author_kind="organisation"),
        make_source(
            "https://www.youtube.com/feeds/videos.xml?channel_id=UC0123456789012345678901", author_kind="outlet"
        ),
        make_source("https://mastodon.example", kind="mastodon", tag="boats", author_kind="organisation"),
        make_source("https://public.api.bsky.app", kind="bluesky", account="a.example", author_kind="outlet"),
        make_source("https://board.example/viewforum.php?f=3", kind="forum", engine="phpbb", author_kind="outlet"),
        BLOG,
    ],
)
def test_what_an_organisation_writes_on_a_platform_makes_no_domain_of_it(source: Source) -> None:
    """Else every account of that platform would be an organisation's."""
    assert organisations.sites_of([source]) == frozenset()


def test_what_the_register_reads_is_known_by_the_account_that_posts_link_to() -> None:
    read = make_source("https://public.api.bsky.app", kind="bluesky", account="News.example")
    assert place_of(read, HOSTS) == PAPER
    assert place_of(make_source("https://bsky.app/profile/news.example/rss"), HOSTS) == PAPER
    assert place_of(make_source("https://social.bund.de/@bmi.rss"), HOSTS) == MINISTRY


def test_every_account_can_be_added_as_a_source() -> None:
    bluesky = detect_address(PAPER.address)
    assert bluesky is not None
    assert bluesky.entry() == {"kind": "bluesky", "url": "https://public.api.bsky.app", "account": "news.example"}
    assert Source.model_validate({"id": "s", **bluesky.entry()}).account == "news.example"
    mastodon = detect_page(MINISTRY.address, Page(url=MINISTRY.address, signs=("div#mastodon",)))
    assert mastodon is not None
    assert mastodon.entry() == {"kind": "feeds", "url": "https://social.bund.de/@bmi.rss"}


@pytest.mark.parametrize(
    ("own", "link"),
    [
        ("https://www.news.example/article", PAPER.address),
        ("https://en.news.example/article", PAPER.address),
        ("https://www.news.example/article", "https://social.news.example/@news"),
        ("https://social.bund.de/@bmi/112233", MINISTRY.address),
    ],
)
def test_an_organisation_that_links_to_its_own_account_is_no_evidence(own: str, link: str) -> None:
    assert find_places((link,), f'<a href="{link}">'.encode(), own=(own,), hosts=HOSTS) == ()
    assert len(find_places((link,), own=("https://else.example/article",), hosts=HOSTS)) == 1


def test_a_board_in_a_folder_called_profile_is_no_account() -> None:
    board = place_at("https://board.example/profile/viewforum.php?f=3", HOSTS)
    assert board is not None
    assert not is_account(board.address)


def test_an_account_that_links_to_itself_is_no_evidence() -> None:
    raw = json.dumps({"author": {"did": "did:plc:invented234567", "handle": "News.example"}}).encode()
    own = ("https://bsky.app/profile/did:plc:invented234567/post/1", "at://did:plc:invented234567/app.bsky.feed.post/1")
    assert find_places((PAPER.address,), raw, own=own, hosts=HOSTS) == ()
    assert find_places((PAPER.address,), raw.replace(b"News", b"other"), own=own, hosts=HOSTS) == (PAPER,)
    for broken in (b"[]", b"{", b'"author"', b'{"author": null}'):
        assert find_places((PAPER.address,), broken, own=own, hosts=HOSTS) == (PAPER,)


def test_the_shipped_register_names_outlets_and_organisations() -> None:
    sites = organisations.sites_of(load_catalogue().sources)
    assert {"dw.com", "news.un.org", "theguardian.com", "unhcr.org"} <= sites
    assert not sites & {"reddit.com", "mastodon.social", "public.api.bsky.app", "feddit.org"}


def test_each_entry_of_the_lists_says_why_and_where_it_is_written() -> None:
    content = yaml.safe_load(Path(organisations.__file__).with_name("organisations.yaml").read_text("utf-8"))
    entries = [entry for part in content.values() for entry in part]
    assert all(len(entry["why"]) > 20 and entry["source"].startswith("https://") for entry in entries)
    names = [name for part in ("endings", "domains") for entry in content[part] for name in entry["names"]]
    assert len(set(names)) == len(names)
    assert all(name == name.lower() for name in names)
    assert not {"gov.de", "gov.ee", "com", "org", "bsky.social"} & set(names)
