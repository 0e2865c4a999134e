"""What the stream is made of, without a server: frames, filters, positions and pauses."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawlers.outcome import Outcome
from crawlers.platforms.jetstream.connection import PING
from crawlers.platforms.jetstream.events import Event, What, read_frame, time_us
from crawlers.platforms.jetstream.progress import LIVE, LOOKBACK, OVERLAP, REWIND, Dialect, Progress
from crawlers.platforms.jetstream.wanted import Wanted
from crawlers.task import TaskResult
from crawlers.timing import next_connection
from records import Post
from tests.crawlers.conftest import make_source
from tests.crawlers.jetstream_server import Jetstream

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANA = "did:plc:anaexample234567"


def wanted(**fields: Any) -> Wanted:
    return Wanted(make_source("wss://stream.example", kind="jetstream", **fields))


def post(text: str, *tags: str, media: str = "") -> Post:
    return Post(
        platform="bluesky", native_id="x", source="s", text=text, media_text=media, hashtags=tags, collected_at=NOW
    )


@pytest.mark.parametrize(
    ("word", "text", "is_there"),
    [
        ("tekne", "Yarın TEKNE var", True),
        ("tekne", "tekneler", False),
        ("tekne*", "Tekneler", True),
        ("*tekne", "lastiktekne", True),
        ("göç", "GOC yolu", True),
        ("ızdırap", "IZDIRAP", True),
        ("İstanbul", "istanbul", True),
        ("can yeleği", "can   yeleği\nvar", True),
        ("can yeleği", "canyeleği", False),
        ("تهريب", "تَهْرِيب البشر", True),
        ("تهريب", "والتهريب", False),
        ("*تهريب", "والتهريب", True),
        ("سفر", "ســفــر", True),
        ("c++", "in c++ they say", True),
        ("boat.", "boatx", False),
        ("ﬁx", "fix", True),
    ],
)
def test_words_are_found_as_people_write_them(word: str, text: str, is_there: bool) -> None:
    assert (wanted(words=[word]).why_not(post(text), ()) is None) is is_there
    assert (wanted(words=["nowhere", word]).why_not(post("", media=text), ()) is None) is is_there


def test_hashtags_languages_and_accounts() -> None:
    tags = wanted(hashtags=["#Göç"])
    assert tags.why_not(post("x", "goc"), ()) is None
    assert tags.why_not(post("bir #GÖÇ yolu"), ()) is None
    assert tags.why_not(post("göç"), ()) == "no_wanted_word"
    narrow = wanted(words=["x"], languages=["tr", "ar-SY"])
    assert [narrow.why_not(post("x"), langs) for langs in ((), ("ar",), ("tr-TR", "en"))] == [None, None, None]
    assert narrow.why_not(post("x"), ("en",)) == "other_language"
    alone = wanted(accounts=[ANA])
    assert alone.why_not(post("anything"), ("en",)) is None
    assert (alone.why_not_author(ANA), alone.why_not_author("did:plc:other")) == (None, "other_account")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "say which accounts, words or hashtags"),
        ({"languages": ["tr"]}, "say which accounts, words or hashtags"),
        ({"words": ["*"]}, "must hold letters"),
        ({"accounts": ["ana.example"]}, "is no DID"),
        ({"accounts": [f"{ANA}{n}" for n in range(301)]}, "more than 300"),
        ({"words": ["x"], "url": "ws://stream.example", "allow_private": False}, "must start with wss://"),
        ({"words": ["x"], "url": "https://stream.example"}, "must start with wss://"),
        ({"words": ["x"], "url": "wss://me:secret@stream.example"}, "name or password"),
        ({"words": ["x"], "appview": "file:///etc/passwd"}, "must start with http"),
    ],
)
def test_an_entry_that_would_land_everything_or_nothing_is_refused(fields: dict[str, Any], words: str) -> None:
    url = fields.pop("url", "wss://stream.example")
    with pytest.raises(ValueError, match=words):
        make_source(url, kind="jetstream", **fields)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = ("$type", "payload", "seq", "time", "time_us", "did", "kind", "commit", "account", "collection", "rkey", "record",
         "operation", "active", "status", "cid", "cursor")  # fmt: skip


# The first text that is drawn in a new checkout waits for a table of all characters, over a second.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_frame_is_a_fault(data: st.DataObject) -> None:
    """A real frame with some of its fields replaced by anything, at any depth, and bytes of any kind."""
    told = Jetstream().post(ANA, "3ka", "text", moment=NOW)
    frame = json.loads(data.draw(st.sampled_from([told.new(), told.old()])))
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.sampled_from([frame, *(v for v in frame.values() if isinstance(v, dict))]))
        place[data.draw(st.sampled_from(NAMES))] = data.draw(JSON)
    found = read_frame(json.dumps(frame), NOW)
    assert not isinstance(found, Event) or found.moment <= NOW + timedelta(days=1)
    assert read_frame(data.draw(st.binary(max_size=60)), NOW) is None


def test_both_dialects_tell_the_same() -> None:
    stream = Jetstream()
    told = [stream.post(ANA, "3ka", "text", moment=NOW), stream.delete(ANA, "3ka"),
            stream.account(ANA, active=False, status="takendown"), stream.account(ANA, active=True)]  # fmt: skip
    news = [read_frame(one.new(), datetime.now(UTC)) for one in told]
    olds = [read_frame(one.old(), datetime.now(UTC)) for one in told]
    assert [(e.what, e.did, e.uri, e.moment, e.record) for e in news if isinstance(e, Event)] == [
        (e.what, e.did, e.uri, e.moment, e.record) for e in olds if isinstance(e, Event)
    ]
    assert [e.what for e in news if isinstance(e, Event)] == [What.CREATE, What.DELETE, What.GONE, What.OTHER]
    ahead = stream.post(ANA, "3kb", "text", moment=NOW + timedelta(days=3))
    assert read_frame(ahead.new(), NOW) is None


def event(seq: int, moment: datetime) -> Event:
    return Event(What.OTHER, ANA, moment, seq, b"")


def reading(read_to: datetime, *, seq: int | None = 7, is_whole: bool = False, server: str = "a") -> Progress:
    stored = {"server": "a", "seq": seq, "time": read_to.isoformat(), "covered_to": read_to.isoformat(), "since": None}
    return Progress.load(stored, server, is_whole=is_whole)


def test_a_seq_is_for_its_instance_alone_and_a_quiet_stream_is_asked_by_time() -> None:
    here, there = reading(NOW), reading(NOW, server="b")
    assert (here.cursor(Dialect.NEW), here.cursor(Dialect.OLD)) == (7, time_us(NOW))
    assert there.cursor(Dialect.NEW) == time_us(NOW - REWIND)
    quiet = reading(NOW - timedelta(hours=30))
    quiet.covered_to = NOW
    assert quiet.cursor(Dialect.NEW) == time_us(NOW - OVERLAP)
    assert Progress.load({}, "a", is_whole=True).cursor(Dialect.NEW) is None


def test_covered_time_ends_with_the_replay_and_then_follows_the_clock() -> None:
    progress = reading(NOW - timedelta(hours=2))
    progress.connect(progress.cursor(Dialect.NEW), NOW)
    assert not progress.take(event(7, NOW - timedelta(hours=2))), "the cursor is inclusive"
    assert progress.take(event(8, NOW - timedelta(hours=1)))
    progress.settle(NOW, None, 0)
    assert (progress.is_live, progress.covered_to) == (False, NOW - timedelta(hours=1))
    progress.settle(NOW, NOW, 60)
    assert (progress.is_live, progress.covered_to, progress.gap) == (True, NOW - LIVE, None)
    assert progress.since == NOW - timedelta(hours=2)


def test_silence_of_the_whole_network_is_no_rest() -> None:
    progress = reading(NOW - timedelta(hours=2), is_whole=True)
    progress.connect(7, NOW)
    progress.settle(NOW, NOW, 600)
    assert (progress.is_live, progress.covered_to) == (False, NOW - timedelta(hours=2))


def test_a_link_that_stalled_is_read_again_from_before_and_covers_nothing() -> None:
    """Quiet for hours, then a dead link: noticed after two pings, twenty seconds each."""
    progress = reading(NOW - timedelta(hours=3))
    progress.connect(7, NOW - timedelta(minutes=30))
    progress.settle(NOW, NOW, 1800)
    for passed in range(2, 42, 2):
        progress.settle(NOW + timedelta(seconds=passed), NOW, 1800)
    assert progress.covered_to == NOW - LIVE
    again = Progress.load(progress.dump(is_claimed=True), "a", is_whole=False)
    for dialect in Dialect:
        assert again.cursor(dialect) == time_us(NOW - LIVE - OVERLAP)
    assert timedelta(seconds=2 * PING) <= OVERLAP


def test_a_quiet_stream_is_not_asked_for_what_came_before_its_last_event() -> None:
    progress = reading(NOW)
    progress.covered_to = NOW + timedelta(seconds=20)
    assert progress.cursor(Dialect.OLD) == time_us(NOW)


def test_the_past_counts_as_replayed_only_where_a_ping_is_answered_after_the_quiet() -> None:
    progress = reading(NOW - timedelta(hours=2))
    progress.connect(7, NOW)
    progress.settle(NOW + timedelta(seconds=39), None, -inf)
    progress.settle(NOW + timedelta(seconds=39), NOW + timedelta(seconds=5), 5)
    assert (progress.is_live, progress.covered_to) == (False, NOW - timedelta(hours=2))


@pytest.mark.parametrize("is_whole", [False, True])
def test_a_reader_that_falls_behind_covers_no_more_than_what_it_read(*, is_whole: bool) -> None:
    progress = reading(NOW, is_whole=is_whole)
    progress.connect(7, NOW)
    assert progress.take(event(8, NOW))
    progress.settle(NOW + timedelta(seconds=1), NOW, 1)
    assert progress.is_live
    for passed in range(10, 600, 10):
        witnessed, now = NOW + timedelta(seconds=passed / 10), NOW + timedelta(seconds=passed)
        assert progress.take(event(8 + passed, witnessed))
        progress.settle(now, now, 0)
    assert not progress.is_live
    assert progress.covered_to == NOW + timedelta(seconds=59), "and it was read to there"
    late = Progress.load(progress.dump(is_claimed=True), "a", is_whole=is_whole)
    late.connect(late.cursor(Dialect.NEW), NOW + timedelta(hours=5))
    late.lose()
    assert late.take(event(9000, NOW + timedelta(hours=1)))
    assert late.gap == (NOW + timedelta(seconds=59), NOW + timedelta(hours=1))
    assert late.take(event(9001, NOW + timedelta(hours=5)))
    late.settle(NOW + timedelta(hours=5), None, -inf)
    assert late.is_live, "once it has caught up"


def test_a_whole_network_covers_no_more_than_its_events() -> None:
    progress = reading(NOW, is_whole=True)
    progress.connect(7, NOW)
    assert progress.take(event(8, NOW + timedelta(seconds=1)))
    progress.settle(NOW + timedelta(seconds=2), None, -inf)
    progress.settle(NOW + timedelta(seconds=50), NOW + timedelta(seconds=49), 48)
    assert (progress.is_live, progress.covered_to) == (True, NOW + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("asked", "first", "is_whole", "is_gap"),
    [
        (7, event(8, NOW - timedelta(hours=1)), False, False),
        (7, event(8, NOW - timedelta(hours=1)), True, True),  # nobody wrote for an hour?
        (7, event(3, NOW - timedelta(hours=1)), False, True),  # an instance that began anew
        (time_us(NOW - timedelta(hours=2)), event(8, NOW - timedelta(hours=1)), False, False),
    ],
)
def test_a_server_that_begins_later_than_asked_leaves_a_gap(
    asked: int, first: Event, is_whole: bool, is_gap: bool
) -> None:
    begin = NOW - timedelta(hours=2)
    progress = reading(begin, is_whole=is_whole)
    progress.connect(asked, NOW)
    assert progress.take(first)
    assert progress.gap == ((begin, first.moment) if is_gap else None)
    assert progress.since == (first.moment if is_gap else begin)


def test_older_than_what_is_kept_is_lost_even_where_nobody_says_so() -> None:
    begin = NOW - LOOKBACK - timedelta(hours=1)
    progress = reading(begin, seq=None)
    progress.connect(progress.cursor(Dialect.OLD), NOW)
    progress.settle(NOW, NOW, 60)
    assert progress.gap == (begin, NOW), "not a word came, so only from the connection on"


def test_pauses_double_up_to_a_quarter_of_an_hour_and_a_ban_is_kept() -> None:
    random.seed(1)
    due = NOW + timedelta(hours=8)
    ends = {
        failures: next_connection(due, TaskResult(outcome=Outcome.FAILED, finished=NOW), failures)
        for failures in (0, 1, 5, 12)
    }
    assert NOW + timedelta(seconds=2) <= ends[0] <= NOW + timedelta(seconds=4)
    assert NOW + timedelta(seconds=64) <= ends[5] <= NOW + timedelta(seconds=128)
    assert ends[12] == NOW + timedelta(minutes=15)
    assert next_connection(due, TaskResult(outcome=Outcome.OK, finished=NOW), 3) == NOW
    for outcome in (
        Outcome.BLOCKED,
        Outcome.ROBOTS_DENIED,
        Outcome.RATE_LIMITED,
        Outcome.PRIVATE_ADDRESS,
        Outcome.GONE,
    ):
        assert next_connection(due, TaskResult(outcome=outcome, finished=NOW), 0) == due
