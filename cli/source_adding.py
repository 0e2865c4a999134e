"""sources add, accept, enable: from an address, a shipped entry or a proposal to a source that a person answers for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import typer

from cli.faults import CommandFault
from cli.output import print_text
from cli.recognising import recognise
from cli.rooms import House, open_house, register_of
from cli.source_proposals import find_proposal
from cli.who import who_decides
from config import KEYED, Source, SourceKind, accept_source, add_source, catalogue_entry, load_project, make_source_id
from crawlers import is_account, known_hosts, place_of, source_health
from ledger import Proposal, ProposalState, decide_proposal, read_source

_TELLING = {
    "wordpress": "feeds",
    "tag": "mastodon",
    "link": "mastodon",
    "account": "bluesky",
    "query": "bluesky",
    "engine": "forum",
    "words": "jetstream",
    "hashtags": "jetstream",
}
"""Fields that only one kind has."""

_ID = typer.Option("", "--id", help="Short name; made of the address when left out.")
_BY = typer.Option("", help="Who switches it on; your account's name when left out.")
_KIND = typer.Option(None, help="How it is read; found out when left out, if need be by one request.")
_AUTHOR_KIND = typer.Option("person", help="outlet, organisation or person: whose links may be shown.")
_CREDENTIALS = typer.Option(
    [], help="Keyed kinds: name of an environment variable that holds the key; several: once each, or parted by commas."
)
_TERMS_URL = typer.Option("", help="Where its terms stand.")
_TERMS_READ = typer.Option(None, formats=["%Y-%m-%d"], help="Day on which they were read.")


def add(
    url: str = typer.Argument(
        "",
        help="A feed, a home page, a forum, an account's page, https://SERVER, wss://STREAM; keyed: may be left out.",
    ),
    source_id: str = _ID,
    purpose: str = typer.Option(..., help="Why this source is read."),
    legal_basis: str = typer.Option(..., help="On which basis."),
    by: str = _BY,
    kind: SourceKind | None = _KIND,
    author_kind: str = _AUTHOR_KIND,
    target: str = typer.Option(
        "", help="Keyed kinds: what is read there, e.g. video:ID, wall:-1, a search, a subreddit."
    ),
    credentials: list[str] = _CREDENTIALS,
    tag: str = typer.Option("", help="Mastodon: read this hashtag instead of the public timeline."),
    link: str = typer.Option("", help="Mastodon: read the timeline of this trending link instead."),
    account: str = typer.Option(
        "", help="Bluesky: whose posts are read, by handle or DID; of a stream DIDs, parted by commas."
    ),
    query: str = typer.Option("", help="Bluesky: words to search for, instead of an account."),
    word: list[str] = typer.Option([], help="Stream: a word that posts must hold, e.g. tekne*; several: once each."),
    hashtag: list[str] = typer.Option([], help="Stream: a hashtag, as good as a word; several: once each."),
    engine: str = typer.Option(
        "", help="Forum: phpbb, smf, mybb, xenforo, vbulletin (4), vbulletin3, machina, or a file of your own."
    ),
    timezone: str = typer.Option("", help="Forum: the zone of the dates on its pages, e.g. Europe/Istanbul."),
    language: list[str] = typer.Option([], help="Language that is written there, e.g. tr; several: once each."),
    region: list[str] = typer.Option([], help="Region of phone numbers without prefix, e.g. TR; several: once each."),
    comments: bool = typer.Option(False, "--comments", help="Feeds: read the comments, too."),
    wordpress: bool = typer.Option(False, "--wordpress", help="Feeds: read the REST interface of a WordPress site."),
    quota: int | None = typer.Option(None, help="YouTube: units that may be spent a day."),
    money: float | None = typer.Option(None, help="X: US dollars that may be spent a run."),
    money_month: float | None = typer.Option(None, help="X: US dollars that may be spent a month."),
    allow_private: bool = typer.Option(
        False, "--allow-private", help="It lies on a private address: a server of your own."
    ),
    interval: str = typer.Option("15m", help="Time between polls."),
    terms_url: str = _TERMS_URL,
    terms_read: datetime | None = _TERMS_READ,
) -> None:
    """Writes an entry into sources.yaml, and who switched it on."""
    given: dict[str, Any] = {
        "id": source_id, "kind": kind.value if kind else "", "url": url, "target": target, "credentials": _names(credentials),
        "tag": tag, "link": link, **_accounts(url, account), "query": query, "words": word, "hashtags": hashtag,
        "engine": engine, "timezone": timezone,
        "languages": language, "regions": region, "author_kind": author_kind, "interval": interval, "comments": comments,
        "wordpress": wordpress, "allow_private": allow_private,
        "limits": _given({"quota": quota, "money": money, "money_month": money_month}), "terms_url": terms_url,
        "terms_read": terms_read.date() if terms_read else None, "purpose": purpose,
        "legal_basis": legal_basis,
    }  # fmt: skip
    if not url and not (kind and target):
        raise CommandFault("what is to be read? give its URL, or --kind and --target for a kind with a key")
    with open_house() as house:
        written = _write(house, _given(given), by)
        _tell(house, written)


def accept(
    source_id: str = typer.Argument(metavar="ID", help="Of sources.yaml, `sources catalogue` or `sources proposals`."),
    by: str = _BY,
    purpose: str = typer.Option("", help="Why this source is read."),
    legal_basis: str = typer.Option("", help="On which basis."),
    terms_url: str = _TERMS_URL,
    terms_read: datetime | None = _TERMS_READ,
    name: str = typer.Option("", "--id", help="A proposal: short name; made of the address when left out."),
    kind: SourceKind | None = _KIND,
    author_kind: str = typer.Option("", help="A proposal: outlet, organisation or person."),
    credentials: list[str] = _CREDENTIALS,
) -> None:
    """Switches a source on, or makes one of a proposal, and writes down by whom and when."""
    stated = _given(
        {"purpose": purpose, "legal_basis": legal_basis, "terms_url": terms_url,
         "terms_read": terms_read.date() if terms_read else None}
    )  # fmt: skip
    of_proposal = _given(
        {"id": name, "kind": kind.value if kind else "", "author_kind": author_kind, "credentials": _names(credentials)}
    )
    with open_house() as house:
        known = register_of(house).get(source_id) is not None or catalogue_entry(source_id) is not None
        proposal = None if known else find_proposal(house.ledger, source_id)
        if proposal is None:
            if of_proposal:
                raise CommandFault(
                    f"{source_id} is no proposal: --{next(iter(of_proposal)).replace('_', '-')} is for those"
                )
            written = accept_source(house.settings.data, source_id, who_decides(by), datetime.now(UTC).date(), stated)
        else:
            written = _accept_proposal(house, proposal, {**stated, **of_proposal}, by)
        _tell(house, written)


def _accept_proposal(house: House, proposal: Proposal, stated: Mapping[str, object], by: str) -> Source:
    # Where an earlier try was cut off between the file and the ledger, the file has it already.
    sources = register_of(house).sources
    hosts = known_hosts(sources)
    same = (
        source
        for source in sources
        if (place := place_of(source, hosts)) is not None and place.address == proposal.address
    )
    written = next(same, None)
    if written is None:
        for word in ("purpose", "legal_basis"):
            if word not in stated:
                raise CommandFault(f"a source needs a purpose and a legal basis: --{word.replace('_', '-')} TEXT")
        # Only an organisation's account is ever proposed.
        who = {"author_kind": "organisation"} if is_account(proposal.address or "") else {}
        written = _write(house, {"url": proposal.address, **who, **stated}, by)
    decide_proposal(
        house.ledger, proposal.place, ProposalState.ACCEPTED, who_decides(by), datetime.now(UTC), written.id
    )
    return written


def _write(house: House, given: Mapping[str, Any], by: str) -> Source:
    """Writes an entry; its kind is found out where none is given."""
    now = datetime.now(UTC).date()
    taken = [source.id for source in register_of(house).sources]
    words = str(given.get("url") or f"{given.get('kind')} {given.get('target')}")
    entry = {
        **given,
        "id": given.get("id") or make_source_id(words, taken),
        "switched_on_by": f"{who_decides(by)}, {now}",
    }
    kind = entry.get("kind")
    if not kind and str(given.get("url")).startswith(("wss://", "ws://")):
        entry = {**entry, "kind": SourceKind.JETSTREAM.value}
    elif not kind:
        told = next((word for name, word in _TELLING.items() if entry.get(name)), None)
        entry = {**entry, "kind": told} if told else recognise(house, entry)
    elif kind in KEYED and entry.get("url") and not entry.get("target"):
        # The address of a page there is not that of the interface, but says what is to be read.
        entry = recognise(house, entry)
        if entry["kind"] != kind:
            raise CommandFault(f"{given['url']} does not say what {kind} is to read: give --target (docs/sources.md)")
    return add_source(house.settings.data, entry)


def _tell(house: House, source: Source) -> None:
    path = house.settings.data / "sources.yaml"
    print_text(f"{source.id} stands in {path}, on by {source.switched_on_by}")
    now = datetime.now(UTC)
    health = source_health(source, load_project(house.settings.data), read_source(house.ledger, source.id), now)
    if health.word == "off":
        print_text(f"it is not read yet: {health.why}")
    elif source.kind is not SourceKind.IMPORT:
        print_text(f"see what it would land: daymark sources check {source.id}")


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Those that were given: an entry holds nothing that says the default once more."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {}, False)}


def _accounts(url: str, account: str) -> dict[str, object]:
    """A stream can be of many accounts."""
    return {"accounts": _names([account])} if url.startswith(("wss://", "ws://")) else {"account": account}


def _names(credentials: list[str]) -> list[str]:
    return [name.strip() for words in credentials for name in words.split(",") if name.strip()]


def add_adding_commands(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command("add")(add)
    app.command("accept")(accept)
    app.command("enable", help="The same as accept, for an entry that was switched off.")(accept)
