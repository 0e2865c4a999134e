"""The window of a poll never holds a moment whose posts were not read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from config import Source
from crawlers.errors import Refused, Unreachable
from crawlers.outcome import Outcome
from crawlers.platforms.shared.window import Window, earlier_of_last
from tests.crawlers.conftest import make_source
from tests.crawlers.site import item, rss
from tests.crawlers.stand_in import Answer, Run, read

FEED = "https://news.example/feed"
PAGE = 4
HOUR = timedelta(hours=1)


def moment(hours: int) -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC) + hours * HOUR


@given(
    st.lists(st.integers(0, 1000), min_size=1, max_size=40, unique=True).map(lambda hours: sorted(hours, reverse=True)),
    st.integers(1, 10),
    st.integers(0, 5),
    st.one_of(st.none(), st.tuples(st.integers(0, 40), st.integers(-90_000, 2000))),
)
def test_what_a_list_of_pages_covers_was_read_whatever_date_one_entry_carries(
    hours: list[int], size: int, pages: int, odd: tuple[int, int] | None
) -> None:
    """``hours``: of everything published, newest first; ``odd``: place and date of an entry with a date of its own."""
    listed: list[tuple[int, int | None]] = [(hour, hour) for hour in hours]
    if odd is not None:
        listed.insert(min(odd[0], len(listed)), (odd[1], None))
    window = Window(None)
    for number in range(pages):
        window.page(moment(shown) for shown, _ in listed[number * size : (number + 1) * size])
    begin = window.begin(moment(1001))
    unread = [true for _, true in listed[pages * size :] if true is not None]
    assert begin is None or all(moment(true) < begin for true in unread)


def test_a_window_joins_the_one_before_and_goes_on_below_it() -> None:
    window = Window(moment(100))
    window.page([moment(130), moment(120)])
    assert window.begin(moment(131)) == moment(130)
    window.join()
    assert window.begin(moment(131)) == moment(100)
    window.page([moment(5), None, moment(3)])
    assert window.begin(moment(131)) == moment(5), "pages left over by an earlier poll"
    assert Window(None).begin(moment(1)) is None
    assert earlier_of_last([moment(1)]) is None


Step = tuple[int, int, str, bool]
STEPS = st.lists(
    st.tuples(
        st.integers(0, 9), st.integers(1, 5), st.sampled_from(["", "refused", "away", "web page"]), st.booleans()
    ),
    min_size=1,
    max_size=6,
)


def answers(newest: int, broken_page: int, fault: str, pinned: bool) -> dict[str, Answer | Exception]:
    """A feed of posts 1..newest, one an hour, newest first in pages of four; one page may be faulty."""
    head = "<generator>https://wordpress.org/</generator>"
    faults: dict[str, Answer | Exception] = {
        "refused": Refused(Outcome.ROBOTS_DENIED, "no"),
        "away": Unreachable("away"),
        "web page": Answer("<html>"),
    }
    found: dict[str, Answer | Exception] = {}
    pages = [range(newest, 0, -1)[start : start + PAGE] for start in range(0, newest, PAGE)] or [range(0)]
    for number, posts in enumerate(pages, start=1):
        entries = [item(post, date=f"{moment(post):%d %b %Y %H:%M:%S} GMT") for post in posts]
        if number == 1 and pinned:
            entries.append(item(9999, date="03 Jan 2011 12:00:00 GMT"))
        url = FEED if number == 1 else f"{FEED}?paged={number}"
        found[url] = (
            faults[fault] if fault and number == broken_page and number > 1 else Answer(rss(*entries, head=head))
        )
    return found


@settings(max_examples=60, deadline=None)  # some twenty parsed feeds each
@given(STEPS)
def test_no_poll_covers_a_post_that_was_never_read(steps: list[Step]) -> None:
    """Posts come, pages fail, an old post is pinned: what windows cover has landed."""
    source: Source = make_source(FEED)
    landed: set[int] = set()
    newest = 0
    run: Run | None = None
    for more, broken_page, fault, pinned in steps:
        newest += more
        started = moment(newest) + HOUR / 2
        run = read(source, answers(newest, broken_page, fault, pinned), before=run, started=started)
        landed |= {int(post.title.split()[1]) for post in run.posts}
        begin, end = run.window
        if begin is not None and end is not None:
            covered = {post for post in range(1, newest + 1) if begin <= moment(post) <= end}
            assert covered <= landed
            assert begin >= moment(0), "the pinned post says nothing about the years behind it"
