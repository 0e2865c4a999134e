"""A day in which nothing was read: what is still there lands once, and what is not is a gap with the right bounds.

The day is simulated by the clock of the polls: the first one believes that it is 26 hours ago, and what it finds is dated
before that. The site fixture and WordPress show ten entries; mastodon_mock is read forward from a mark.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from config import Project, Settings, Source
from crawlers import CrawlProcesses, ImportRefused, Polls, PollSummary, import_file
from indexer import TrendQuery, cover, make_trend, open_index
from ledger import (
    Ledger,
    Worker,
    coverage_windows,
    open_events,
    open_gaps,
)
from records import EventKind
from tests.crawlers.conftest import make_source, posts
from tests.crawlers.site import Site, item, rss
from tests.peers.mastodon import Mastodon
from tests.peers.wordpress import WordPress

HOUR = timedelta(hours=1)
SHOWN = 10
PollAt = Callable[[Source, datetime], PollSummary]


@pytest.fixture
def now() -> datetime:
    """Whole seconds, as feeds have them."""
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def poll_at(ledger: Ledger, worker: Worker, project: Project, settings: Settings, processes: CrawlProcesses) -> PollAt:
    """Polls a source as if it were that time."""

    def run(source: Source, moment: datetime) -> PollSummary:
        with Polls(ledger, worker, settings, processes, places=1, clock=lambda: moment) as polls:
            (summary,) = polls.turn([source], project, now=moment, force=True)
        return summary

    return run


def read_days(ledger: Ledger, settings: Settings, start: datetime, now: datetime) -> dict[str, tuple[int, int]]:
    """By day, what `trends` says of its coverage: sources due, sources read."""
    index = open_index(settings)
    try:
        trend = make_trend(index, TrendQuery(start=start, end=now), coverage_windows(ledger), now)
    finally:
        index.close()
    found = {bucket.start: bucket.coverage for bucket in trend.buckets}
    return {f"{start:%d}": (coverage.sources_due, coverage.sources_ok) for start, coverage in found.items()}


def is_read(ledger: Ledger, start: datetime, end: datetime, now: datetime) -> bool:
    """Whether a span counts as covered."""
    return cover(coverage_windows(ledger), start, end, now).sources_ok == 1


def feed(numbers: range, newest: datetime, step: timedelta) -> str:
    """Entries in order, the last number the newest."""
    return rss(*(item(n, date=format_datetime(newest - (numbers[-1] - n) * step)) for n in reversed(numbers)))


def test_a_feed_that_shows_ten_entries_loses_the_rest_of_the_day_and_says_so(
    site: Site, poll_at: PollAt, ledger: Ledger, settings: Settings, now: datetime
) -> None:
    then = now - 26 * HOUR
    source = make_source(site.serve("/feed", feed(range(1, 11), then - HOUR, 12 * HOUR)), page_back=False)
    first = poll_at(source, then)
    assert (first.outcome, first.counts["new"]) == ("ok", SHOWN)
    assert (first.window_to, open_gaps(ledger)) == (then, [])

    # 50 more came, two an hour; ten of them are still shown.
    site.serve("/feed", feed(range(51, 61), now - HOUR / 2, HOUR / 2))
    second = poll_at(source, now)
    assert (second.outcome, second.counts["new"], len(posts(ledger))) == ("ok", SHOWN, 2 * SHOWN)
    shown_from = now - HOUR / 2 - 8 * HOUR / 2
    assert (second.window_from, second.window_to) == (shown_from, now), "the later of the last two"
    (gap,) = open_gaps(ledger)
    assert (gap.start, gap.end, gap.why, gap.detail) == (then, shown_from, "beyond_reach", "no poll in it")
    (event,) = open_events(ledger)
    assert (event.kind, event.since) == (EventKind.GAP, then)

    third = poll_at(source, now + HOUR / 60)
    assert (third.outcome, third.counts.get("new", 0), third.counts["unchanged"]) == ("ok", 0, SHOWN)
    assert (len(posts(ledger)), len(open_gaps(ledger))) == (2 * SHOWN, 1), "nothing double"
    assert is_read(ledger, then - 2 * HOUR, then, now)
    assert not is_read(ledger, then, then + HOUR, now)
    assert not is_read(ledger, shown_from - HOUR, shown_from, now)
    assert is_read(ledger, shown_from, now, now)
    days = read_days(ledger, settings, then - 48 * HOUR, now)
    whole, lacking = f"{then - 24 * HOUR:%d}", {f"{moment:%d}" for moment in (then, shown_from - HOUR)}
    assert days[whole] == (1, 1)
    assert {days[day] for day in lacking} == {(1, 0)}


def test_an_import_of_the_missing_day_has_coverage_of_its_own_and_closes_no_gap(
    site: Site, poll_at: PollAt, ledger: Ledger, now: datetime, tmp_path: Path
) -> None:
    then = now - 26 * HOUR
    source = make_source(site.serve("/feed", feed(range(1, 11), then - HOUR, HOUR)), page_back=False)
    poll_at(source, then)
    site.serve("/feed", feed(range(51, 61), now - HOUR / 2, HOUR / 2))
    poll_at(source, now)
    gaps = open_gaps(ledger)
    assert [gap.source for gap in gaps] == [source.id]
    file = tmp_path / "missing.ndjson"
    file.write_text(f'{{"id": 1, "text": "Of the missing day", "published_at": "{then + HOUR:%Y-%m-%dT%H:%M:%SZ}"}}\n')
    window = (then - HOUR, now)
    with pytest.raises(ImportRefused, match="choose another --source"):
        import_file(ledger, file, source, window=window)
    assert import_file(ledger, file, make_source("", id="file", kind="import"), window=window).landed.new == 1
    assert open_gaps(ledger) == gaps
    covered = coverage_windows(ledger)
    assert covered["file"].windows == (window,)
    missing = cover(covered, then, then + HOUR, now)
    assert (missing.sources_due, missing.sources_ok) == (2, 1), "the file's, not the crawled one's"


def test_wordpress_pages_back_over_the_day_or_loses_it_where_it_may_not(
    wordpress_site: WordPress, poll_at: PollAt, ledger: Ledger, now: datetime
) -> None:
    then = now - 26 * HOUR
    url = f"{wordpress_site.base_url}/?feed=rss2"
    newest_only = make_source(url, id="newest", page_back=False, articles=False)
    paging = make_source(url, id="paging", articles=False)
    for number in range(12):
        wordpress_site.publish(f"Old {number}", "<p>Before.</p>", at=then - (12 - number) * HOUR)
    for source in (newest_only, paging):
        assert poll_at(source, then).outcome == "ok"
    before = len(posts(ledger))
    for number in range(25):
        wordpress_site.publish(f"New {number}", "<p>Meanwhile.</p>", at=now - (25 - number) * HOUR)

    lossy = poll_at(newest_only, now)
    assert (lossy.outcome, lossy.counts["new"]) == ("ok", SHOWN)
    (gap,) = open_gaps(ledger)
    # Posts of 1 to 10 hours ago are shown.
    assert (gap.source, gap.start, gap.end, gap.why) == ("newest", then, now - 9 * HOUR, "beyond_reach")
    whole = poll_at(paging, now)
    assert (whole.outcome, whole.window_from) == ("ok", then)
    assert len(posts(ledger)) == before + 25, "all of them, and those that both sources found once"
    assert [gap.source for gap in open_gaps(ledger)] == ["newest"]
    for source in (newest_only, paging):
        assert poll_at(source, now + HOUR / 60).counts.get("new", 0) == 0


def test_mastodon_is_read_forward_from_its_mark_and_misses_nothing(
    mastodon_server: Mastodon, poll_at: PollAt, ledger: Ledger, now: datetime
) -> None:
    then = now - 26 * HOUR
    source = make_source(mastodon_server.base_url, kind="mastodon", author_kind="person")
    mastodon_server.post("The first")
    assert poll_at(source, then).outcome == "ok"
    for number in range(90):
        mastodon_server.post(f"Post {number}")
    later = datetime.now(UTC) + timedelta(seconds=2)
    caught_up = poll_at(source, later)
    assert (caught_up.counts["new"], caught_up.window_from, caught_up.window_to) == (90, then, later)
    assert (open_gaps(ledger), len(posts(ledger))) == ([], 91)
    assert is_read(ledger, then, now, now)
    assert poll_at(source, later + HOUR / 60).counts["new"] == 0
