"""search, trends, market: what people ask of the posts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import typer

from cli.output import print_json, print_table
from cli.rooms import open_house, tell_incomplete
from indexer import (
    By,
    Interval,
    MarketQuery,
    Order,
    Query,
    Route,
    SearchHit,
    SearchQuery,
    Span,
    Trend,
    TrendBucket,
    TrendQuery,
    follow_families,
    make_market,
    make_trend,
    parse_query,
    read_zone,
)
from ledger import coverage_windows
from records import Label

FROM = typer.Option(None, "--from", help="First day (UTC), e.g. 2026-01-01.")
FROM_IN_ZONE = typer.Option(None, "--from", help="First day (in the zone of --tz), e.g. 2026-01-01.")
TO = typer.Option(None, "--to", help="End, not included.")
ABREAST = 5
"""Shares that stand side by side: of more, a terminal of 120 columns folds the numbers, so each has a line of its own."""
JSON = typer.Option(False, "--json", help="Print JSON.")
WHERE = typer.Option("", "--where", help="Only posts that match, e.g. 'lang:tr platform:web'.")


def _moment(value: datetime | None, zone: str = "UTC") -> datetime | None:
    return value.replace(tzinfo=read_zone(zone)) if value is not None else None


def search(
    query: str = typer.Argument(
        help='words "a phrase" -not prefix* field:value (lang, label, source, platform, kind, …)'
    ),
    start: datetime | None = FROM,
    end: datetime | None = TO,
    limit: int = typer.Option(20, help="Hits shown, at most 200."),
    newest: bool = typer.Option(False, help="Newest first instead of most relevant first."),
    as_json: bool = JSON,
) -> None:
    """Finds posts. Posts of people who ask for or give help are withheld and counted.

    With --from or --to, posts without a date of their own are left out and counted.
    """
    order = Order.NEWEST if newest else Order.RELEVANCE
    asked = parse_query(query)
    with open_house() as house:
        tell_incomplete(house)
        asked = follow_families(house.ledger, asked)
        question = SearchQuery(asked, Span(_moment(start), _moment(end)), order, limit)
        page = house.index.search(question)
    if as_json:
        print_json(page.as_json())
        return
    undated = "of them without a date" if not question.span.is_limited else "without a date left out"
    counts = [f"{page.total:,} posts"]
    counts += [f"{page.withheld:,} withheld"] if page.withheld else []
    counts += [f"{page.undated:,} {undated}"] if page.undated else []
    columns = ("published", "lang", "labels", "text", "reference")
    print_table(", ".join(counts), columns, [_row(hit) for hit in page.hits])


def _row(hit: SearchHit) -> tuple[str, ...]:
    day = f"{'seen ' if hit.published_estimated else ''}{hit.published_at:%Y-%m-%d}"
    labels = ", ".join(hit.labels) or ("-" if hit.covered else "not assessed")
    return day, hit.lang, labels, " ".join(f"{hit.title} {hit.excerpt}".split())[:140], hit.url


def trends(
    label: Label | None = typer.Option(None, help="Count posts with this label."),
    by: By = typer.Option(By.LABEL, help="Break down by."),
    interval: Interval = typer.Option(Interval.WEEK, help="day, week (from Monday) or month."),
    start: datetime | None = FROM_IN_ZONE,
    end: datetime | None = TO,
    tz: str = typer.Option("UTC", help="Time zone in which days begin, e.g. Europe/Rome."),
    where: str = WHERE,
    as_json: bool = JSON,
) -> None:
    """Counts and shares over time, with their denominators, intervals and coverage."""
    question = TrendQuery(
        by=by,
        interval=interval,
        zone=read_zone(tz),
        start=_moment(start, tz),
        end=_moment(end, tz),
        label=label,
        query=_filter(where),
    )
    with open_house() as house:
        tell_incomplete(house)
        question = replace(question, query=follow_families(house.ledger, question.query))
        trend = make_trend(house.index, question, coverage_windows(house.ledger), datetime.now(UTC))
    if as_json:
        print_json(trend.as_json())
        return
    by_key = label is not None and by is not By.LABEL
    _print_trend(trend, with_of=by_key)
    of = "on-topic posts" if label is None and by is not By.LABEL else "posts on topic and assessed"
    of += f" of the same {by.value}" if by_key else ""
    print(
        f"share of {of}, with 95 % interval; sources: read without a gap / due; {trend.undated:,} posts without a date"
    )


def _print_trend(trend: Trend, *, with_of: bool) -> None:
    keys = list(trend.buckets[0].counts) if trend.buckets else []
    heads, rows = (trend.interval, "sources", "posts", "on topic", "assessed"), []
    for bucket in trend.buckets:
        coverage = f"{bucket.coverage.sources_ok}/{bucket.coverage.sources_due}"
        head = (f"{bucket.start:%Y-%m-%d}", coverage, bucket.total, bucket.on_topic, bucket.assessed)
        shares = [_share(bucket, key, with_of=with_of) for key in keys]
        if len(keys) <= ABREAST:
            rows.append((*head, *shares))
        else:
            rows += [(*head, key, share) for key, share in zip(keys, shares, strict=True)]
    columns = keys if len(keys) <= ABREAST else [trend.by, "share"]
    print_table("", (*heads, *columns), rows, numbers=3 + len(columns))


def _share(bucket: TrendBucket, key: str, *, with_of: bool) -> str:
    share, low, high = bucket.share[key], bucket.low[key], bucket.high[key]
    if share is None or low is None or high is None:
        return "no posts"
    count = f"{bucket.counts[key]}/{bucket.of[key]}" if with_of else f"{bucket.counts[key]}"
    return f"{count} = {share:.0%} ({low:.0%}-{high:.0%})"


def _filter(text: str) -> Query:
    return parse_query(text) if text.strip() else TrendQuery().query


def market(start: datetime | None = FROM, end: datetime | None = TO, where: str = WHERE, as_json: bool = JSON) -> None:
    """Smuggling offers by route: adverts and asked prices, never journeys."""
    with open_house() as house:
        tell_incomplete(house)
        asked = follow_families(house.ledger, _filter(where))
        found = make_market(house.index, MarketQuery(asked, Span(_moment(start), _moment(end))))
    if as_json:
        print_json(found.as_json())
        return
    rows = []
    for route in found.routes:
        modes = ", ".join(f"{name} {number}" for name, number in route.modes.items())
        rows.append(
            (
                f"{route.origin or '?'} → {route.destination or '?'}",
                modes,
                route.offers,
                route.posts,
                route.contacts,
                _asked(route),
            )
        )
    print_table(
        f"{found.offers:,} offers in {found.posts:,} posts, {found.contacts:,} contacts",
        ("route", "modes", "offers", "posts", "contacts", "median EUR"), rows, numbers=4,
    )  # fmt: skip
    print(f"an offer is a family of near-copies; a median needs {found.min_prices} priced offers; asked, not paid")
    if found.undated:
        print(
            f"{found.undated:,} offers' posts have no date: {'left out' if start or end else 'counted here, in no span'}"
        )


def _asked(route: Route) -> str:
    """The price of the service with most priced offers, named: medians of different services are not to be compared."""
    if not route.prices:
        return "-"
    price = route.prices[0]
    amount = "" if price.median is None else f"{price.median:,.0f} "
    return f"{price.service or 'service not said'}: {amount}(n = {price.n})"


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command()(search)
    app.command()(trends)
    app.command()(market)
