"""Trends: exact counts on both backends, denominators, intervals, coverage."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from indexer import (
    EVERYTHING,
    By,
    ElasticIndex,
    Index,
    IndexRejected,
    Interval,
    QueryError,
    SqliteIndex,
    TrendQuery,
    floor_edges,
    make_trend,
    parse_query,
    wilson,
)
from indexer.queries import BucketCounts, TrendCounts, TrendSlice
from records import Document, Label, ModelOrigin
from tests.indexer.documents import make, make_corpus, put
from tests.indexer.shapes import assert_shape

CORPUS = make_corpus()
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ZONES = ["UTC", "Europe/Athens", "Asia/Kabul", "America/New_York", "Pacific/Apia"]


def day(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def key_of(document: Document, by: By) -> str:
    return {By.LANG: document.lang, By.PLATFORM: document.platform, By.SOURCE: document.source}[by]


def counted(documents: list[Document], by: By, label: Label | None) -> Counter[str]:
    """The counts of a bucket, read off the documents."""
    assessed = [document for document in documents if document.on_topic and document.covered]
    if by is By.LABEL:
        wanted = list(Label) if label is None else [label]
        return Counter({str(one): sum(one in document.labels for document in assessed) for one in wanted})
    if label is not None:
        return Counter(key_of(document, by) for document in assessed if label in document.labels)
    return Counter(key_of(document, by) for document in documents if document.on_topic)


def within(start: datetime, end: datetime, documents: list[Document]) -> list[Document]:
    return [one for one in documents if start <= one.published_at < end and not one.published_estimated]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("interval", list(Interval))
def test_every_calendar_bucket_holds_its_posts(corpus_index: Index, interval: Interval, zone: str) -> None:
    trend = make_trend(corpus_index, TrendQuery(By.LABEL, interval, ZoneInfo(zone)), {}, NOW)
    starts = [bucket.start for bucket in trend.buckets]
    ends = [*starts[1:], floor_edges(starts[-1], NOW, interval, ZoneInfo(zone))[-1]]
    assert sum(bucket.total for bucket in trend.buckets) == sum(not document.published_estimated for document in CORPUS)
    for bucket, end in zip(trend.buckets, ends, strict=True):
        held = within(bucket.start, end, CORPUS)
        assert bucket.total == len(held), bucket.start
        assert bucket.on_topic == sum(document.on_topic for document in held)
        assert bucket.assessed == sum(document.on_topic and document.covered for document in held)
        assert bucket.counts == dict(counted(held, By.LABEL, None))
        assert bucket.models == dict(Counter(document.model.version for document in held))
    assert trend.undated == sum(document.published_estimated for document in CORPUS)
    assert_shape("trends", trend.as_json())


@pytest.mark.parametrize("label", [None, Label.RISK_NARRATIVE])
@pytest.mark.parametrize("by", list(By))
@pytest.mark.parametrize("text", [None, "boat", "lang:ar,de -boat", 'sa* -"safe route"', "source:herald"])
def test_every_breakdown_counts_the_same(corpus_index: Index, by: By, label: Label | None, text: str | None) -> None:
    query = parse_query(text) if text else EVERYTHING
    asked = TrendQuery(by, Interval.WEEK, ZoneInfo("Europe/Athens"), label=label, query=query)
    trend = make_trend(corpus_index, asked, {}, NOW)
    matching = [document for document in CORPUS if matches(document, text)]
    assert (
        sum(bucket.total for bucket in trend.buckets)
        == sum(not document.published_estimated for document in matching)
        > 0
    )
    assert trend.undated == sum(document.published_estimated for document in matching)
    starts = [bucket.start for bucket in trend.buckets]
    for bucket, end in zip(trend.buckets, [*starts[1:], NOW], strict=True):
        found = {key: number for key, number in bucket.counts.items() if number or by is By.LABEL}
        assert found == dict(counted(within(bucket.start, end, matching), by, label))
        assert bucket.counts.keys() == bucket.of.keys() == trend.buckets[0].counts.keys()
        held = [one for one in within(bucket.start, end, matching) if one.on_topic]
        if by is not By.LABEL and label is not None:
            held = [one for one in held if one.covered]
            assert bucket.of == {key: sum(key_of(one, by) == key for one in held) for key in bucket.of}
    assert_shape("trends", trend.as_json())


def matches(document: Document, text: str | None) -> bool:
    words = f"{document.title} . {document.text} . {' '.join(document.hashtags)}".lower().replace("_", " ").split()
    has_phrase = any(pair == ("safe", "route") for pair in pairwise(words))
    return {
        None: True,
        "boat": "boat" in words,
        "lang:ar,de -boat": document.lang in ("ar", "de") and "boat" not in words,
        'sa* -"safe route"': "safe" in words and not has_phrase,
        "source:herald": document.source == "herald",
    }[text]


@pytest.mark.parametrize(
    "zone", ["Asia/Beirut", "Europe/Athens", "America/Havana", "Asia/Kathmandu", "Africa/Cairo", "UTC"]
)
def test_days_around_a_change_of_clocks_are_the_same(index: Index, zone: str) -> None:
    place = ZoneInfo(zone)
    hours = [
        datetime(2026, month, 20, tzinfo=UTC) + timedelta(hours=hour) for month in (3, 10) for hour in range(24 * 20)
    ]
    put(index, *(make(number, published_at=hour) for number, hour in enumerate(hours)))
    for interval in Interval:
        for first in (hours[0], hours[480]):
            asked = TrendQuery(By.LABEL, interval, place, first, first + timedelta(days=20))
            trend = make_trend(index, asked, {}, NOW)
            edges = floor_edges(first, first + timedelta(days=20), interval, place)
            # In UTC: Python holds two zones' times unequal where one is ambiguous, as a Cuban midnight is.
            found = [(bucket.start.astimezone(UTC), bucket.total) for bucket in trend.buckets]
            assert found == [(start, sum(start <= hour < end for hour in hours)) for start, end in pairwise(edges)]


def test_no_bucket_is_left_out_and_the_oldest_comes_first(index: Index) -> None:
    put(index, make(1, published_at=day("2026-11-01")), make(2, published_at=day("2026-11-09T12:00")))
    trend = make_trend(index, TrendQuery(), {}, NOW)
    assert [bucket.start.day for bucket in trend.buckets] == list(range(1, 23))
    assert [bucket.total for bucket in trend.buckets] == [1] + [0] * 7 + [1] + [0] * 13
    empty = trend.buckets[3]
    assert (empty.counts["risk_narrative"], empty.share["risk_narrative"], empty.low["risk_narrative"]) == (
        0,
        None,
        None,
    )


def test_an_empty_index_gives_one_empty_bucket(index: Index) -> None:
    trend = make_trend(index, TrendQuery(interval=Interval.MONTH), {}, NOW)
    assert [(bucket.start, bucket.total) for bucket in trend.buckets] == [(day("2026-11-01"), 0)]


def test_shares_are_of_posts_on_topic_and_assessed(index: Index) -> None:
    label = Label.RISK_NARRATIVE
    labelled = [make(number, labels=(label,), lang="ar") for number in range(3)]
    plain = [make(number, lang="de") for number in range(3, 10)]
    off_topic = [make(number, on_topic=False) for number in range(10, 15)]
    not_assessed = [make(number, covered=False, lang="ckb") for number in range(15, 20)]
    put(index, *labelled, *plain, *off_topic, *not_assessed)
    (bucket,) = make_trend(index, TrendQuery(interval=Interval.MONTH, label=label), {}, NOW).buckets
    assert (bucket.total, bucket.on_topic, bucket.assessed, bucket.counts) == (20, 15, 10, {"risk_narrative": 3})
    assert bucket.share == {"risk_narrative": 0.3}
    assert (bucket.low["risk_narrative"], bucket.high["risk_narrative"]) == pytest.approx(wilson(3, 10), abs=1e-6)
    assert bucket.of == {"risk_narrative": 10}
    (bucket,) = make_trend(index, TrendQuery(By.LANG, Interval.MONTH, label=label), {}, NOW).buckets
    assert (bucket.counts, bucket.of) == ({"ar": 3, "de": 0}, {"ar": 3, "de": 7})
    assert bucket.share == {"ar": 1, "de": 0}
    (bucket,) = make_trend(index, TrendQuery(By.LANG, Interval.MONTH), {}, NOW).buckets
    assert bucket.counts == {"ar": 3, "ckb": 5, "de": 7}
    assert bucket.share == pytest.approx({"ar": 3 / 15, "ckb": 5 / 15, "de": 7 / 15}, abs=1e-6)
    assert bucket.of == {"ar": 15, "ckb": 15, "de": 15}


def test_a_labels_share_in_a_language_does_not_hang_on_other_languages(index: Index) -> None:
    """Were the share of all posts, German would rise tenfold on the day that Arabic is no longer collected."""
    label = Label.RISK_NARRATIVE
    both, german_only = day("2026-11-20T12:00"), day("2026-11-21T12:00")
    german = [
        make(number, lang="de", labels=(label,) if number % 2 else (), published_at=at)
        for at, first in ((both, 0), (german_only, 10))
        for number in range(first, first + 10)
    ]
    arabic = [make(number, lang="ar", published_at=both) for number in range(100, 190)]
    put(index, *german, *arabic)
    for by in (By.LANG, By.SOURCE, By.PLATFORM):
        asked = TrendQuery(by, start=both, end=german_only, label=label, query=parse_query("lang:de"))
        first, second = make_trend(index, asked, {}, NOW).buckets
        (key,) = first.counts
        assert (first.counts, first.of, first.share) == (second.counts, second.of, second.share)
        assert (first.counts, first.of, first.share) == ({key: 5}, {key: 10}, {key: 0.5})
    first, second = make_trend(index, TrendQuery(By.LANG, start=both, end=german_only, label=label), {}, NOW).buckets
    assert (first.of, first.share) == ({"ar": 90, "de": 10}, {"ar": 0, "de": 0.5})
    assert (second.of, second.share) == ({"ar": 0, "de": 10}, {"ar": None, "de": 0.5})
    assert_shape("trends", make_trend(index, TrendQuery(By.LANG, label=label), {}, NOW).as_json())


def test_a_bucket_of_two_models_is_marked(index: Index) -> None:
    put(index, make(1), make(2, model=ModelOrigin(name="m", version="2.0")))
    (bucket,) = make_trend(index, TrendQuery(interval=Interval.MONTH), {}, NOW).buckets
    assert bucket.models == {"1.0": 1, "2.0": 1}


def test_an_implausibly_old_post_does_not_break_the_default_span(index: Index) -> None:
    put(index, make(1, published_at=datetime(1901, 1, 1, tzinfo=UTC)), make(2))
    trend = make_trend(index, TrendQuery(), {}, NOW)
    assert trend.buckets[-1].start == day("2026-11-22")
    assert sum(bucket.total for bucket in trend.buckets) == 1
    with pytest.raises(QueryError, match="shorten"):
        make_trend(index, TrendQuery(start=datetime(1901, 1, 1, tzinfo=UTC)), {}, NOW)


def test_a_trend_that_begins_in_the_future_is_refused(index: Index) -> None:
    with pytest.raises(QueryError, match="ends now"):
        make_trend(index, TrendQuery(start=NOW + timedelta(days=1)), {}, NOW)


def test_elasticsearch_calendar_buckets_are_ours(elastic_index: ElasticIndex) -> None:
    """What a Kibana chart shows (a date_histogram) has the same bounds as our buckets, through both changes of clocks."""
    put(
        elastic_index,
        *(
            make(hour, published_at=datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=4 * hour))
            for hour in range(1600)
        ),
    )
    for zone in (
        "Asia/Beirut",
        "Europe/Athens",
        "America/Havana",
        "Asia/Tehran",
        "Africa/Casablanca",
        "Australia/Lord_Howe",
    ):
        for interval in Interval:
            calendar = {"field": "published_at", "calendar_interval": interval.value, "time_zone": zone}
            answer = elastic_index._client.search(
                index=elastic_index.names.alias, size=0, aggs={"days": {"date_histogram": {**calendar}}}
            )
            found = [bucket["key"] for bucket in answer["aggregations"]["days"]["buckets"]]
            first, last = elastic_index.extent(EVERYTHING) or (NOW, NOW)
            edges = floor_edges(first, last + timedelta(seconds=1), interval, ZoneInfo(zone))
            assert found == [round(edge.timestamp() * 1000) for edge in edges[:-1]], (zone, interval)


class OtherZoneRules(SqliteIndex):
    """An index server that thinks a day begins an hour later."""

    def trend(self, query: TrendSlice) -> TrendCounts:
        return TrendCounts({query.edges[0] + timedelta(hours=1): BucketCounts(1)}, 0)


def test_other_zone_rules_in_the_server_are_an_error_not_a_shifted_day(sqlite_index: SqliteIndex) -> None:
    index = OtherZoneRules(sqlite_index._connections.path)
    with pytest.raises(IndexRejected, match="tzdata"):
        make_trend(index, TrendQuery(), {}, NOW)
    index.close()
