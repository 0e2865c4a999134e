"""sources catalogue, import-opml, export-opml: lists of sources that others made, and one for them."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from cli.faults import CommandFault
from cli.output import print_json, print_table
from cli.rooms import open_house, register_of
from config import add_entries, load_catalogue
from crawlers import NotOpmlError, make_entries, parse_opml, write_opml


def catalogue(
    lang: str = typer.Option("", help="Only sources in this language, for example ar."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Lists the shipped register: public sources for a start, all off until accepted."""
    listed = [source for source in load_catalogue().sources if not lang or lang in source.languages]
    rows = [
        {
            "id": source.id,
            "kind": source.kind.value,
            "languages": list(source.languages),
            "author_kind": source.author_kind,
            "url": source.url,
            "tag": source.tag,
        }
        for source in listed
    ]
    if as_json:
        print_json(rows)
        return
    shown = [
        (source.id, source.kind.value, " ".join(source.languages), f"{source.url} {source.tag or ''}")
        for source in listed
    ]
    print_table(f"{len(rows)} sources: daymark sources accept ID", ("id", "kind", "languages", "address"), shown)


def import_opml(
    file: Path = typer.Argument(help="List of feeds, as feed readers export it."),
    author_kind: str = typer.Option("person", help="outlet, organisation or person: whose links may be shown."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Writes the feeds of a list into sources.yaml, all off until accepted."""
    try:
        outlines = parse_opml(file.read_bytes())
    except NotOpmlError as exc:
        raise CommandFault(f"{file} is no list of feeds: {exc}") from exc
    with open_house() as house:
        made = make_entries(outlines, register_of(house), {"author_kind": author_kind})
        if made.entries:
            add_entries(house.settings.data, made.entries)
    ids = [str(entry["id"]) for entry in made.entries]
    if as_json:
        print_json({"added": ids, "skipped": made.skipped})
        return
    left_out = ", ".join(f"{number} {reason}" for reason, number in made.skipped.items())
    print(f"{len(ids)} sources written, all off{f'; left out: {left_out}' if left_out else ''}")
    if ids:
        print(f"switch one on: daymark sources accept {ids[0]} --purpose … --legal-basis …")


def export_opml(
    file: Path | None = typer.Argument(None, help="Where the list is written; standard output when left out."),
) -> None:
    """Writes the feeds of sources.yaml as a list that feed readers take."""
    with open_house() as house:
        written = write_opml(register_of(house).sources, "Sources")
    if file is None:
        sys.stdout.write(written.decode("utf-8"))
    else:
        file.write_bytes(written)


def add_list_commands(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command("catalogue")(catalogue)
    app.command("import-opml")(import_opml)
    app.command("export-opml")(export_opml)
