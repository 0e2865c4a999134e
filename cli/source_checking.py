"""sources check: what a source would land, what its robots.txt and its terms say, and what reading it costs."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

import typer

from cli.faults import CommandFault
from cli.output import print_json, print_table, print_text
from cli.rooms import House, open_house, open_worker, register_of
from config import Source, load_project
from crawlers import CheckReport, Cost, check, polls_a_day
from ledger import SourceState, erased_among, read_source
from records import AuthorKind, Post, make_reference

SHOWN = 20
"""Posts that `check` shows people: a page of a feed or a timeline."""
_BEGINNING = 60


def check_source(
    source_id: str = typer.Argument(metavar="ID"), as_json: bool = typer.Option(False, "--json", help="Print JSON.")
) -> None:
    """Fetches a source once and stores no post: what would land (contacts as tokens), what robots.txt says, what it costs."""
    with open_house() as house, open_worker(house) as worker:
        source = register_of(house).get(source_id)
        if source is None:
            raise CommandFault(f"there is no source {source_id!r} in sources.yaml")
        known = read_source(house.ledger, source_id)
        report = check(house.ledger, worker, source, load_project(house.settings.data), house.settings)
        erased = erased_among(house.ledger, report.posts)
        posts = [_shown(house, source, post) for post in report.posts if post.post_id not in erased]
    answer: dict[str, Any] = {
        "source": report.source,
        "outcome": report.outcome,
        "message": report.message,
        "posts": posts,
        "erased": len(erased),
        "not_landed": report.not_landed,
        "robots": _robots(report, known),
        "terms": {"url": source.terms_url, "read": source.terms_read.isoformat() if source.terms_read else None},
        "cost": _cost(report, source),
    }
    if as_json:
        print_json(answer)
        return
    _print_posts(answer)
    for line in (_say_robots(answer["robots"]), _say_terms(source), *_say_cost(report.cost, source)):
        print_text(line)


def _shown(house: House, source: Source, post: Post) -> dict[str, Any]:
    """What anybody may see of a post: its working copy, as in the index. Originals are opened for a reason, and logged."""
    # Languages and numbering plans take half a second to load; the other commands need neither.
    from nlp import make_copies

    copies = make_copies(
        post.title,
        post.text,
        post.media_text,
        house.ledger.pseudonyms.contact,
        regions=source.regions,
        lang_hint=post.lang_hint,
    )
    is_person = post.author_kind is AuthorKind.PERSON
    return {
        "post_id": post.post_id,
        "url": make_reference(post.post_id) if is_person else post.url,
        "published_at": _time(post.published_at),
        "lang": copies.lang,
        "title": copies.title,
        "text": copies.text,
        "media_text": copies.media_text,
        "letters": len(post.text),
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _robots(report: CheckReport, known: SourceState) -> dict[str, Any] | None:
    """``changed_since``: when a poll last read another robots.txt than this check did; null where it is the same or none did."""
    found = report.robots
    if found is None:
        return None
    is_other = known.robots_read_at is not None and known.robots_sha256 != found.sha256
    return {
        "verdict": found.verdict.value,
        "sha256": found.sha256,
        "read_at": _time(found.read_at),
        "crawl_delay": report.crawl_delay,
        "changed_since": _time(known.robots_read_at) if is_other else None,
    }


def _cost(report: CheckReport, source: Source) -> dict[str, Any] | None:
    if report.cost is None:
        return None
    a_day = {**asdict(report.cost.a_day(source)), "polls": polls_a_day(source)}
    return {"check": asdict(report.cost), "day": a_day}


def _print_posts(answer: dict[str, Any]) -> None:
    posts = answer["posts"]
    print(f"{answer['outcome']}: {len(posts)} posts would land, not landed: {answer['not_landed'] or 'none'}")
    if answer["erased"]:
        print(f"{answer['erased']} were erased before and stay so")
    if answer["message"]:
        print_text(answer["message"])
    rows = [
        (
            post["published_at"] or "no date",
            post["lang"],
            (post["title"] or post["text"])[:_BEGINNING],
            post["letters"],
        )
        for post in posts[:SHOWN]
    ]
    print_table("", ("published", "language", "begins", "letters"), rows, numbers=1)


def _say_robots(robots: dict[str, Any] | None) -> str:
    if robots is None:
        return "robots.txt: not read"
    delay = f", {robots['crawl_delay']:g} s between requests" if robots["crawl_delay"] else ""
    digest = f", SHA-256 {robots['sha256']}" if robots["sha256"] else ""
    other = f"; it is another than on {robots['changed_since']}" if robots["changed_since"] else ""
    return f"robots.txt: {robots['verdict']}{delay}{digest}{other}"


def _say_terms(source: Source) -> str:
    if not source.terms_url and source.terms_read is None:
        return "terms: not noted; read them, and note them with terms_url and terms_read"
    return f"terms: {source.terms_url or 'no address noted'}, read {source.terms_read or 'on no day that is noted'}"


def _say_cost(cost: Cost | None, source: Source) -> list[str]:
    if cost is None:
        return ["cost: nothing was asked"]
    day, polls = cost.a_day(source), polls_a_day(source)
    return [
        f"this check: {_spent(cost)}",
        f"a day, at most {polls:,} polls (interval {source.interval}) of this size: {_spent(day)}",
    ]


def _spent(cost: Cost) -> str:
    parts = [f"{cost.requests:,} requests", f"{cost.bytes:,} bytes", f"{cost.seconds:,.1f} s"]
    if cost.quota_units is not None:
        parts.append(f"{cost.quota_units:,} quota units")
    if cost.usd is not None:
        parts.append(f"{cost.usd:,.3f} US dollars")
    return ", ".join(parts)


def add_check_command(app: typer.Typer) -> None:
    """Adds the command of this file."""
    app.command("check")(check_source)
