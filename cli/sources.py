"""sources: the register with its health, a new entry, a look at what an entry would bring."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import typer

from cli.faults import CommandFault
from cli.output import print_json, print_table
from cli.recognising import recognise
from cli.rooms import House, open_house, open_worker, register_of
from cli.source_lists import add_list_commands
from cli.troubles import read_troubles
from config import Source, SourceKind, add_source, load_project, make_source_id
from crawlers import CheckReport, check, source_health
from ledger import erased_among, read_sources
from records import AuthorKind, Post, make_reference

SHOWN = 20
"""Posts that `check` shows people: a page of a feed or a timeline."""
_BEGINNING = 60
_TELLING = {
    "wordpress": "feeds",
    "tag": "mastodon",
    "account": "bluesky",
    "query": "bluesky",
}
"""Fields that only one kind has."""

sources_app = typer.Typer(help="The source register: what is read, and how it fares.", no_args_is_help=False)
add_list_commands(sources_app)


@sources_app.callback(invoke_without_command=True)
def sources(ctx: typer.Context, as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
    """Lists the sources with their health."""
    if ctx.invoked_subcommand is not None:
        return
    with open_house() as house:
        register = register_of(house)
        states = read_sources(house.ledger, [source.id for source in register.sources])
        project, now = load_project(house.settings.data), datetime.now(UTC)
        health = {source.id: source_health(source, project, states[source.id], now) for source in register.sources}
        events, gaps = read_troubles(house.ledger, [name for name, found in health.items() if found.word != "off"])
    rows = [
        {
            "id": source.id,
            "kind": source.kind.value,
            "state": health[source.id].word,
            "last_success": _time(states[source.id].last_success),
            "last_new": _time(states[source.id].last_new),
            "next_due": _time(states[source.id].next_due),
            "events": ", ".join(event.kind.value for event in events if event.source == source.id),
            "gaps": sum(gap.source == source.id for gap in gaps),
            "message": health[source.id].why,
        }
        for source in register.sources
    ]
    if as_json:
        print_json(rows)
    elif rows:
        print_table("", list(rows[0]), [list(row.values()) for row in rows])
    else:
        print("no sources yet: daymark sources add URL --purpose … --legal-basis …")


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


@sources_app.command("add")
def add(
    url: str = typer.Argument(help="A feed, a home page, a forum, an account's page, https://SERVER."),
    source_id: str = typer.Option("", "--id", help="Short name; made of the address when left out."),
    purpose: str = typer.Option(..., help="Why this source is read."),
    legal_basis: str = typer.Option(..., help="On which basis."),
    kind: SourceKind | None = typer.Option(
        None, help="How it is read; found out when left out, if need be by one request."
    ),
    author_kind: str = typer.Option("person", help="outlet, organisation or person: whose links may be shown."),
    tag: str = typer.Option("", help="Mastodon: read this hashtag instead of the public timeline."),
    account: str = typer.Option("", help="Bluesky: the account whose posts are read, by handle or DID."),
    query: str = typer.Option("", help="Bluesky: words to search for, instead of an account."),
    comments: bool = typer.Option(False, "--comments", help="Feeds: read the comments, too."),
    wordpress: bool = typer.Option(False, "--wordpress", help="Feeds: read the REST interface of a WordPress site."),
    allow_private: bool = typer.Option(
        False, "--allow-private", help="It lies on a private address: a server of your own."
    ),
    interval: str = typer.Option("15m", help="Time between polls."),
) -> None:
    """Writes an entry into sources.yaml."""
    asked = {"tag": tag, "account": account, "query": query}
    entry: dict[str, Any] = {
        "id": source_id,
        "kind": kind.value if kind else "",
        "url": url,
        "purpose": purpose,
        "legal_basis": legal_basis,
    }
    entry |= {
        "author_kind": author_kind,
        "interval": interval,
        **{name: value for name, value in asked.items() if value},
    }
    flags = {"comments": comments, "wordpress": wordpress, "allow_private": allow_private}
    entry |= {name: True for name, on in flags.items() if on}
    with open_house() as house:
        entry["id"] = source_id or make_source_id(url, [source.id for source in register_of(house).sources])
        if kind is None:
            told = next((word for name, word in _TELLING.items() if entry.get(name)), None)
            entry = {**entry, "kind": told} if told else recognise(house, entry)
        written = add_source(house.settings.data, entry)
        source_id, path = written.id, house.settings.data / "sources.yaml"
    print(f"{source_id} written to {path}; see what it would land: daymark sources check {source_id}")


@sources_app.command("check")
def check_source(
    source_id: str = typer.Argument(metavar="ID"), as_json: bool = typer.Option(False, "--json", help="Print JSON.")
) -> None:
    """Fetches a source once and shows what would land, contacts replaced by tokens; nothing is stored."""
    with open_house() as house, open_worker(house) as worker:
        source = register_of(house).get(source_id)
        if source is None:
            raise CommandFault(f"there is no source {source_id!r} in sources.yaml")
        report = check(house.ledger, worker, source, load_project(house.settings.data), house.settings)
        erased = erased_among(house.ledger, report.posts)
        posts = [_shown(house, source, post) for post in report.posts if post.post_id not in erased]
    if as_json:
        print_json({"source": report.source, "outcome": report.outcome, "message": report.message, "posts": posts,
                    "erased": len(erased), "not_landed": report.not_landed})  # fmt: skip
    else:
        _print_check(report, posts, len(erased))


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


def _print_check(report: CheckReport, posts: list[dict[str, Any]], erased: int) -> None:
    print(f"{report.outcome}: {len(posts)} posts would land, not landed: {report.not_landed or 'none'}")
    if erased:
        print(f"{erased} were erased before and stay so")
    if report.message:
        print(report.message)
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
