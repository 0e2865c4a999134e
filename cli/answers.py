"""search, trends, market, status: what people ask."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import typer

from cli.output import print_json, print_table
from cli.rooms import House, open_house, register_of
from indexer import (
    By,
    IndexUnavailable,
    Interval,
    MarketQuery,
    Order,
    Query,
    SearchQuery,
    Span,
    TrendBucket,
    TrendQuery,
    make_market,
    make_trend,
    parse_query,
    read_zone,
)
from ledger import (
    Stage,
    coverage_windows,
    due,
    not_landed_counts,
    outbox_counts,
    read_sources,
    status_counts,
)
from nlp import ModelError, model_folder, read_card
from records import Label

FROM = typer.Option(None, "--from", help="First day (UTC unless --tz), e.g. 2026-01-01.")
TO = typer.Option(None, "--to", help="End, not included.")
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
    question = SearchQuery(parse_query(query), Span(_moment(start), _moment(end)), order, limit)
    with open_house() as house:
        page = house.index.search(question)
    if as_json:
        print_json(page.as_json())
        return
    rows = [
        (f"{hit.published_at:%Y-%m-%d}", hit.lang, ", ".join(hit.labels) or ("-" if hit.covered else "not assessed"),
         " ".join(f"{hit.title} {hit.excerpt}".split())[:140], hit.url)
        for hit in page.hits
    ]  # fmt: skip
    undated = "of them without a date" if not question.span.is_limited else "without a date left out"
    print_table(f"{page.total:,} posts" + (f", {page.withheld:,} withheld" if page.withheld else "")
                + (f", {page.undated:,} {undated}" if page.undated else ""),
                ("published", "lang", "labels", "text", "reference"), rows)  # fmt: skip


def trends(
    label: Label | None = typer.Option(None, help="Count posts with this label."),
    by: By = typer.Option(By.LABEL, help="Break down by."),
    interval: Interval = typer.Option(Interval.WEEK, help="day, week (from Monday) or month."),
    start: datetime | None = FROM,
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
        trend = make_trend(house.index, question, coverage_windows(house.ledger), datetime.now(UTC))
    if as_json:
        print_json(trend.as_json())
        return
    keys = list(trend.buckets[0].counts) if trend.buckets else []
    by_key = label is not None and by is not By.LABEL
    rows = []
    for bucket in trend.buckets:
        coverage = f"{bucket.coverage.sources_ok}/{bucket.coverage.sources_due}"
        shares = [_share(bucket, key, with_of=by_key) for key in keys]
        rows.append((f"{bucket.start:%Y-%m-%d}", coverage, bucket.total, bucket.on_topic, bucket.assessed, *shares))
    print_table("", (trend.interval, "sources", "posts", "on topic", "assessed", *keys), rows, numbers=3 + len(keys))
    of = "on-topic posts" if label is None and by is not By.LABEL else "posts on topic and assessed"
    of += f" of the same {by.value}" if by_key else ""
    print(
        f"share of {of}, with 95 % interval; sources: read without a gap / due; {trend.undated:,} posts without a date"
    )


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
        found = make_market(house.index, MarketQuery(_filter(where), Span(_moment(start), _moment(end))))
    if as_json:
        print_json(found.as_json())
        return
    rows = []
    for route in found.routes:
        price = route.prices[0] if route.prices else None
        asked = (
            "-"
            if price is None
            else f"n = {price.n}"
            if price.median is None
            else f"{price.median:,.0f} (n = {price.n})"
        )
        modes = ", ".join(f"{name} {number}" for name, number in route.modes.items())
        rows.append(
            (
                f"{route.origin or '?'} → {route.destination or '?'}",
                modes,
                route.offers,
                route.posts,
                route.contacts,
                asked,
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


def status(as_json: bool = JSON) -> None:
    """States of all posts, health of sources, index and model."""
    with open_house() as house:
        report = status_report(house)
    if as_json:
        print_json(report)
        return
    print_table("", list(report["posts"]), [list(report["posts"].values())], numbers=6)
    print_table("", [f"due {name}" for name in report["due"]], [list(report["due"].values())], numbers=4)
    if report["not_landed"]:
        print_table("seen and not landed", ("reason", "items"), list(report["not_landed"].items()), numbers=1)
    if report["sources"]:
        print_table("", list(report["sources"][0]), [list(row.values()) for row in report["sources"]])
    index, model = report["index"], report["model"]
    print(
        f"index {index['backend']}: {index['documents']} of {index['expected']:,} documents; model {model.get('version')}"
    )


def status_report(house: House) -> dict[str, Any]:
    """The shape of `status --json`."""
    counts = status_counts(house.ledger)
    register = register_of(house)
    states = read_sources(house.ledger, [source.id for source in register.sources])
    try:
        house.index.refresh()
        documents: int | None = house.index.count()
        trouble = None
    except IndexUnavailable as exc:
        documents, trouble = None, str(exc)
    return {
        "posts": {
            name: getattr(counts, name) for name in ("seen", "landed", "tagged", "indexed", "quarantined", "erased")
        },
        "due": {
            "tag": sum(due(house.ledger, Stage.TAG)) - counts.retag,
            "retag": counts.retag,
            "index": sum(due(house.ledger, Stage.INDEX)) + counts.deletions,
            "recheck": 0,
        },
        "not_landed": not_landed_counts(house.ledger),
        "sources": [
            {
                "id": source.id,
                "state": "off" if source.why_off else states[source.id].health,
                "last_attempt": _iso(states[source.id].last_attempt),
                "last_success": _iso(states[source.id].last_success),
                "last_new": _iso(states[source.id].last_new),
                "next_due": _iso(states[source.id].next_due),
            }
            for source in register.sources
        ],
        "index": {
            "backend": house.index.backend,
            "documents": documents,
            "expected": counts.expected_documents,
            **({"error": trouble} if trouble else {}),
        },
        "outbox": asdict(outbox_counts(house.ledger)),
        "model": _model(house),
    }


def _model(house: House) -> dict[str, Any]:
    try:
        card = read_card(model_folder(house.settings.model))
    except ModelError as exc:
        return {"error": str(exc)}
    return {"name": card.name, "version": card.version, "covered": sorted(card.covered)}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command()(search)
    app.command()(trends)
    app.command()(market)
    app.command()(status)
