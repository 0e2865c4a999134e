"""An article that is asked for again: removed and there again, edited where no list shows it, or unknown to the ledger."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from config import Source
from crawlers.landing import MemoryStore
from crawlers.platforms.feeds.memory import FeedMemory, Known
from crawlers.task import RecheckOf
from crawlers.wording import Wording
from ledger import Ledger, LedgerUnavailable
from tests.crawlers.articles_given import BY_FEED_AND_BY_SITEMAP, LIST, SITE, House, listing, page
from tests.crawlers.conftest import Poll, make_rechecks_due, make_source, posts
from tests.crawlers.outlet import HTML
from tests.crawlers.site import Site, article, item, rss
from tests.crawlers.stand_in import Answer, Say, read


@BY_FEED_AND_BY_SITEMAP
def test_what_was_removed_lands_again_once_it_is_listed_and_readable(source: Source) -> None:
    house = House(source)
    house.answers |= {f"{SITE}/1": Answer(status=410), LIST: listing(source, 1, 2)}
    assert house.poll(recheck=True).rechecked == {house.post.post_id: "deleted"}
    assert f"{SITE}/1" not in house.poll(days=0.2).asked, "once a day is enough"
    still = house.poll(days=1)
    assert (f"{SITE}/1" in still.asked, still.posts, still.removed) == (True, [], [])
    house.answers[f"{SITE}/1"] = page(1)
    assert f"{SITE}/1" not in house.poll(days=1.2).asked
    assert [post.post_id for post in house.poll(days=2).posts] == [house.post.post_id]
    assert f"{SITE}/1" not in house.poll(days=3).asked, "it is there again"


def test_what_is_gone_is_awaited_once_a_day_be_it_listed_or_not() -> None:
    memory = FeedMemory({"a": ["mark", None, 0, "2026-11-22", 1], "b": ["mark", None, 0]})
    assert not memory.awaits("2026-11-22")
    assert memory.awaits("2026-11-23"), "then a list is asked for whole, not whether it has changed"
    memory.note_asked("2026-11-23")
    assert FeedMemory(memory.dump()).get("a") == Known("mark", None, 0, "2026-11-23", page=True)
    assert not FeedMemory(memory.dump()).awaits("2026-11-23")


def test_removed_at_the_source_and_there_again_end_to_end(site: Site, poll: Poll, ledger: Ledger) -> None:
    base = site.base_url
    for number in (1, 2):
        site.serve(f"/{number}", article(), Content_Type="text/html")
    source = make_source(site.serve("/feed", rss(*(item(n, text=None, base=base) for n in (1, 2)))))
    poll(source)
    make_rechecks_due(ledger)
    site.serve("/1", "", 410)
    assert poll(source).counts["recheck_deleted"] == 1
    assert posts(ledger)[f"{base}/1"]["removed_at"] is not None
    site.serve("/1", article(text="It is back."), Content_Type="text/html")
    # The entry's own change is asked for at once.
    site.serve("/feed", rss(*(item(n, text=None, base=base, summary="New.") for n in (1, 2))))
    assert poll(source).counts["revised"] == 1
    assert posts(ledger)[f"{base}/1"]["removed_at"] is None
    assert "It is back." in posts(ledger)[f"{base}/1"]["text"]


def test_a_recheck_lands_the_edit_of_an_article_that_its_feed_does_not_show() -> None:
    house = House(make_source(LIST))
    assert house.poll(recheck=True).posts == [], "nothing has changed"
    house.answers[f"{SITE}/1"] = page(1, text="The number was corrected.")
    run = house.poll(recheck=True)
    (post,) = run.posts
    assert (post.post_id, post.title, "corrected" in post.text) == (house.post.post_id, "Item 1", True)
    assert (post.media_text, post.author) == (house.post.media_text, None), "what else the feed and the page said stays"
    assert house.poll(recheck=True).posts == []


@pytest.mark.parametrize("of_the_page", ["", ' lang="fr"'])
def test_a_recheck_keeps_the_language_and_the_day_of_the_edit_that_only_the_feed_knows(of_the_page: str) -> None:
    source, store = make_source(LIST), MemoryStore()
    entry = (
        f"<entry><id>1</id><title>Item 1</title><link href='{SITE}/1'/><summary>A summary.</summary>"
        "<published>2026-11-20T10:00:00Z</published><updated>2026-11-21T10:00:00Z</updated></entry>"
    )
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="nl"><title>A</title><id>f</id>{entry}</feed>'
    plain = str(page().body).replace(' lang="en"', "")
    answers: dict[str, Say] = {LIST: Answer(feed), f"{SITE}/1": Answer(plain, headers=HTML)}
    first = read(source, answers, store=store)
    (post,) = first.posts
    assert (post.lang_hint, post.edited_at) == ("nl", datetime(2026, 11, 21, 10, tzinfo=UTC))
    edited = plain.replace("<html", f"<html{of_the_page}").replace("cold", "very cold")
    wanted = (RecheckOf(post_id=post.post_id, lookup=f"{SITE}/1"),)
    again = read(
        source, {**answers, f"{SITE}/1": Answer(edited, headers=HTML)}, before=first, store=store, rechecks=wanted
    )
    (now,) = again.posts
    assert ("very cold" in now.text, now.edited_at) == (True, post.edited_at)
    assert now.lang_hint == ("fr" if of_the_page else "nl"), "what the page itself says is newer"


def test_a_text_that_came_from_the_feed_is_not_replaced_by_its_pages() -> None:
    source = make_source(LIST)
    store = MemoryStore()
    answers: dict[str, Say] = {LIST: Answer(rss(item(1, base=SITE))), f"{SITE}/1": page()}
    first = read(source, answers, store=store)
    wanted = (RecheckOf(post_id=first.posts[0].post_id, lookup=f"{SITE}/1"),)
    second = read(source, answers, before=first, store=store, rechecks=wanted)
    assert (second.posts, list(second.rechecked.values())) == ([], ["present"])


def test_an_edit_that_a_recheck_found_is_a_revision(site: Site, poll: Poll, ledger: Ledger) -> None:
    site.serve("/1", article("Item 1"), Content_Type="text/html")
    entry = item(1, text=None, base=site.base_url, more="<category>sea</category><slash:comments>7</slash:comments>")
    source = make_source(site.serve_versioned("/feed", rss(entry), '"1"'))
    poll(source)
    make_rechecks_due(ledger)
    site.serve("/1", article("Item 1", text="The number was corrected."), Content_Type="text/html")
    again = poll(source)
    assert (again.outcome, again.counts["revised"], again.counts["recheck_present"]) == ("not_modified", 1, 1)
    stored = posts(ledger)[f"{site.base_url}/1"]
    assert ("corrected" in stored["text"], stored["hashtags"], stored["engagement"]) == (True, ["sea"], {"replies": 7})


class GoneStore(MemoryStore):
    """A ledger that goes away between reading and rechecking."""

    def wording(self, post_id: str) -> Wording | None:
        raise LedgerUnavailable("the database is away")


@BY_FEED_AND_BY_SITEMAP
def test_a_ledger_that_goes_away_fails_the_poll_in_its_own_words(source: Source) -> None:
    answers: dict[str, Say] = {LIST: listing(source, 1), f"{SITE}/1": page(1)}
    first = read(source, answers)
    wanted = (RecheckOf(post_id=first.posts[0].post_id, lookup=f"{SITE}/1"),)
    run = read(source, answers, before=first, store=GoneStore(), rechecks=wanted)
    assert (run.outcome, run.tally.fault, run.rechecked) == ("failed", "the database is away", {})
