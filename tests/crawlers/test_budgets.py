"""Every budget of a run that is reached ends it, is counted and said, and the next run goes on where it stopped.

Requests, bytes, seconds and pages here, over HTTP; quota units and money in keyed/test_keyed_keys.py.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest

from config import Limits
from ledger import Ledger
from tests.crawlers.conftest import Poll, make_source, posts
from tests.crawlers.site import Answer, Reply, Site, item, rss

PAGES = 4
PER_PAGE = 3


def slowly(seconds: float, answer: Answer) -> Answer:
    def wait(asked: Mapping[str, str]) -> Reply:
        time.sleep(seconds)
        return answer(asked)

    return wait


def serve_pages(site: Site, *, kilobytes: int = 0, seconds: float = 0.0) -> str:
    """A feed of pages, the newest first; each of some size and slow by some time."""
    for number in range(1, PAGES + 1):
        following = f"<atom:link rel='next' href='/p{number + 1}'/>" if number < PAGES else ""
        entries = [
            item(30 - PER_PAGE * number - n, text="x" * max(20, kilobytes * 1024 // PER_PAGE)) for n in range(PER_PAGE)
        ]
        site.serve(f"/p{number}", rss(*entries, head=following))
        site.answers[f"/p{number}"] = slowly(seconds, site.answers[f"/p{number}"])
    return site.base_url + "/p1"


@pytest.mark.parametrize(
    ("what", "cap", "pages"),
    [
        ("requests", 3, {}),
        ("bytes", 300_000, {"kilobytes": 120}),
        ("seconds", 3, {"seconds": 0.8}),
    ],
)
def test_a_budget_ends_the_run_is_counted_and_said_and_the_next_goes_on(
    site: Site, poll: Poll, ledger: Ledger, what: str, cap: int, pages: dict[str, Any]
) -> None:
    url = serve_pages(site, **pages)
    source = make_source(url, limits={what: cap})
    first = poll(source)
    assert (first.outcome, first.counts[f"limit_{what}"]) == ("ok", 1)
    assert f"stopped at limits.{what} = {cap}" in first.message
    landed = len(posts(ledger))
    assert PER_PAGE <= landed < PAGES * PER_PAGE, "what was read has landed"
    runs = 1
    while len(posts(ledger)) < PAGES * PER_PAGE:
        runs += 1
        assert runs <= PAGES + 2, "each run comes further"
        again = poll(source)
        assert again.outcome in ("ok", "not_modified")
    assert sum(row["revision"] for row in posts(ledger).values()) == PAGES * PER_PAGE, "nothing twice"


@pytest.mark.parametrize(("what", "cap"), [("requests", 1), ("bytes", 10_000)])
def test_a_budget_that_is_reached_before_one_page_is_read_is_a_failure(
    site: Site, poll: Poll, what: str, cap: int
) -> None:
    """robots.txt is the first request; a run that can come no further must not pass for a good one."""
    summary = poll(make_source(serve_pages(site, kilobytes=120), limits={what: cap}))
    assert (summary.outcome, summary.counts[f"limit_{what}"]) == ("failed", 1)
    assert summary.window_from is None


def test_every_budget_of_a_run_has_a_test() -> None:
    """A new one would have to be counted, said and resumed, too; see the module's docstring."""
    here = {"requests", "bytes", "seconds", "pages"}
    elsewhere = {"body_bytes", "articles", "rechecks", "quota", "money", "money_month"}
    assert set(Limits.model_fields) == here | elsewhere
