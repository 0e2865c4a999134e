"""init, sources, model: what is set up before anything runs."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import typer
import yaml

from cli.faults import CommandFault
from cli.output import print_json, print_table
from cli.rooms import open_house, register_of
from config import (
    ConfigError,
    Project,
    Source,
    SourceKind,
    load_key,
    load_project,
    load_settings,
    make_key,
    write_project,
)
from crawlers import check
from ledger import open_ledger, read_sources

_NO_SOURCES = """\
# What may be read, why, and how often. One entry a source; `daymark sources add URL` writes one.
# A source without purpose and legal_basis does not run. All fields: docs/sources.md.
sources: []
"""


def init(
    controller: str = typer.Option("", help="Organisation that answers for the data."),
    purpose: str = typer.Option("", help="What the data is collected for."),
    legal_basis: str = typer.Option("", help="Legal basis, for example 'GDPR 6(1)(e); DPIA 2026-03'."),
    contact: str = typer.Option("", help="E-mail or web address that stands in the User-Agent."),
) -> None:
    """Writes the data folder, the pseudonym key and the project file."""
    settings = load_settings()
    settings.data.mkdir(parents=True, exist_ok=True)
    if (settings.data / "project.yaml").is_file():
        load_project(settings.data)
    else:
        answers = {
            "controller": _ask("Which organisation answers for the data?", controller, "--controller"),
            "purpose": _ask("What is the data collected for?", purpose, "--purpose"),
            "legal_basis": _ask("On which legal basis?", legal_basis, "--legal-basis"),
            "contact": _ask("Contact that websites see (e-mail or address)?", contact, "--contact"),
        }
        try:
            project = Project.model_validate(answers)
        except ValueError as exc:
            raise CommandFault(f"the project file cannot be written: {exc}") from exc
        write_project(settings.data, project)
    if not (settings.data / "sources.yaml").exists():
        (settings.data / "sources.yaml").write_text(_NO_SOURCES, "utf-8")
    try:
        key, made = load_key(settings.key_dir), False
    except ConfigError:
        if (settings.key_dir / "pseudonym.key").exists() or _ledger_exists(settings.ledger):
            # A ledger without its key must not be given a new one: every series would break in two.
            raise
        key, made = make_key(settings.key_dir), True
    with open_ledger(settings.ledger, key):
        pass
    print(f"data folder  {settings.data}")
    print(
        f"key          {settings.key_dir / 'pseudonym.key'}{'  (new: back it up, apart from the data)' if made else ''}"
    )
    print("next         daymark sources add URL --purpose … --legal-basis …, then daymark run --once")


def _ledger_exists(url: str) -> bool:
    return url.startswith("sqlite:///") and Path(url.removeprefix("sqlite:///")).is_file()


def _ask(question: str, given: str, option: str) -> str:
    if given:
        return given
    if not sys.stdin.isatty():
        raise CommandFault(f"init needs an answer: give {option}")
    answer: str = typer.prompt(question)
    return answer


sources_app = typer.Typer(help="The source register: what is read, and how it fares.", no_args_is_help=False)


@sources_app.callback(invoke_without_command=True)
def sources(ctx: typer.Context, as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
    """Lists the sources with their health."""
    if ctx.invoked_subcommand is not None:
        return
    with open_house() as house:
        register = register_of(house)
        states = read_sources(house.ledger, [source.id for source in register.sources])
    rows = [
        {
            "id": source.id,
            "kind": source.kind.value,
            "state": "off" if source.why_off else states[source.id].health,
            "last_success": _time(states[source.id].last_success),
            "last_new": _time(states[source.id].last_new),
            "next_due": _time(states[source.id].next_due),
            "message": source.why_off or states[source.id].message,
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
    url: str = typer.Argument(help="Feed address, or https://INSTANCE of a Mastodon server."),
    source_id: str = typer.Option(..., "--id", help="Short name: lower-case letters, digits, . _ -"),
    purpose: str = typer.Option(..., help="Why this source is read."),
    legal_basis: str = typer.Option(..., help="On which basis."),
    kind: SourceKind = typer.Option(SourceKind.FEEDS, help="How it is read."),
    author_kind: str = typer.Option("person", help="outlet, organisation or person: whose links may be shown."),
    tag: str = typer.Option("", help="Mastodon: read this hashtag instead of the public timeline."),
    interval: str = typer.Option("15m", help="Time between polls."),
) -> None:
    """Writes an entry into sources.yaml."""
    settings = load_settings()
    path = settings.data / "sources.yaml"
    entry = {"id": source_id, "kind": kind.value, "url": url, "purpose": purpose, "legal_basis": legal_basis}
    entry |= {"author_kind": author_kind, "interval": interval, **({"tag": tag} if tag else {})}
    try:
        Source.model_validate(entry)
    except ValueError as exc:
        first = exc.errors()[0] if hasattr(exc, "errors") else {"loc": ("url",), "msg": str(exc)}
        raise CommandFault(f"{'.'.join(map(str, first['loc'])) or 'entry'}: {first['msg']}") from exc
    with open_house() as house:
        if register_of(house).get(source_id) is not None:
            raise CommandFault(f"{source_id} stands in {path} already: choose another --id or edit the file")
    text = path.read_text("utf-8") if path.is_file() else _NO_SOURCES
    # Appended as text: rewriting the file would drop the operator's comments.
    text = text.replace("sources: []", "sources:").rstrip() + "\n"
    block = yaml.safe_dump([entry], allow_unicode=True, sort_keys=False)
    path.write_text(text + "".join(f"  {line}\n" for line in block.splitlines()), "utf-8")
    print(f"{source_id} written to {path}; see what it would land: daymark sources check {source_id}")


@sources_app.command("check")
def check_source(
    source_id: str = typer.Argument(metavar="ID"), as_json: bool = typer.Option(False, "--json", help="Print JSON.")
) -> None:
    """Fetches a source once and shows what would land; nothing is stored."""
    with open_house() as house:
        source = register_of(house).get(source_id)
        if source is None:
            raise CommandFault(f"there is no source {source_id!r} in sources.yaml")
        report = check(source, load_project(house.settings.data), house.settings)
    if as_json:
        posts = [post.model_dump(mode="json", exclude={"author"}) for post in report.posts]
        print_json({"source": report.source, "outcome": report.outcome, "message": report.message, "posts": posts,
                    "not_landed": report.not_landed})  # fmt: skip
    else:
        print(f"{report.outcome}: {len(report.posts)} posts would land, not landed: {report.not_landed or 'none'}")
        if report.message:
            print(report.message)
        rows = [
            (_time(post.published_at) or "no date", post.title[:60] or post.text[:60]) for post in report.posts[:20]
        ]
        print_table("", ("published", "begins"), rows)


model_app = typer.Typer(help="The classifier: what is installed, how good it is, training.", no_args_is_help=True)


@model_app.command("info")
def info(as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
    """Shows the installed model, its covered languages and its held-out figures."""
    from nlp import TrainedModel, describe, model_folder

    settings = load_settings()
    card = TrainedModel.open(model_folder(settings.model)).card
    if as_json:
        print_json(card.model_dump())
        return
    print(f"{card.name} {card.version} on {describe(card.encoder)}")
    print(f"covered: {_names(card.covered)}; measured and too weak: {_names(card.not_covered)}")
    figures = card.figures.get("all")
    if isinstance(figures, dict):
        names = ("on_topic", "smuggling_offer", "risk_narrative", "xenophobic_framing", "positive_framing")
        keys = ("precision", "recall", "f1", "auroc", "n")
        rows = [(name, *(figures[name].get(key) for key in keys)) for name in names if name in figures]
        print_table("held-out authors", ("label", *keys), rows, numbers=5)


def _names(languages: Iterable[str]) -> str:
    return ", ".join(sorted(languages)) or "none"


@model_app.command("train")
def train_model(
    datasets: Path = typer.Option(..., help="Folder of the public sets (one folder each with data.ndjson)."),
    version: str = typer.Option("", help="Name of the new version; the date when left out."),
    folder: Path = typer.Option(Path("models"), help="Where the version's folder is written."),
    base: str = typer.Option("package", help="Base encoder: package, a local folder, or a hub id."),
    epochs: int = typer.Option(4, help="Passes over the texts."),
) -> None:
    """Trains a model on the corpus and the public sets: about 20 minutes on two cores."""
    from nlp.training.build import train
    from nlp.training.fit import Recipe

    name = version or f"{datetime.now(UTC):%Y%m%d-%H%M}"
    try:
        card = train(datasets, folder, name, base, Recipe(epochs=epochs), lambda line: print(line, file=sys.stderr))
    except FileNotFoundError as exc:
        raise CommandFault(str(exc)) from exc
    print(f"{folder / name}: covered {_names(card.covered)}")
    print(f"use it: DAYMARK_MODEL={folder / name}, then daymark tag --retag")


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command()(init)
    app.add_typer(sources_app, name="sources")
    app.add_typer(model_app, name="model")
