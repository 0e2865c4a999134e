"""init, model: what is set up before anything runs."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import typer

from cli.faults import CommandFault
from cli.output import print_json, print_table
from cli.sources import sources_app
from config import (
    KEY_FILE,
    Project,
    Settings,
    load_key,
    load_project,
    load_settings,
    make_key,
    make_register,
    parse_values,
    write_project,
)
from ledger import LedgerError, ledger_fingerprint, open_ledger


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
        write_project(settings.data, parse_values(answers, Project))
    make_register(settings.data)
    made = _open_or_make(settings)
    print(f"data folder  {settings.data}")
    print(f"key          {settings.key_dir / KEY_FILE}{'  (new: back it up, apart from the data)' if made else ''}")
    print("next         daymark sources add URL --purpose … --legal-basis …, then daymark run --once")


def _open_or_make(settings: Settings) -> bool:
    """Opens the ledger, made where it is not there yet. True when a key was made for it.

    A ledger without its key is not given a new one: every series would break in two.
    """
    path = settings.key_dir / KEY_FILE
    if path.exists():
        open_ledger(settings.ledger, load_key(settings.key_dir)).close()
        return False
    known = ledger_fingerprint(settings.ledger)
    if known is not None:
        raise CommandFault(
            f"no pseudonym key at {path}, and the ledger was made with one ({known[:6]}…): restore it from your backup, "
            "or set DAYMARK_KEY_DIR to where it lies"
        )
    key = make_key(settings.key_dir)
    try:
        open_ledger(settings.ledger, key).close()
    except LedgerError:
        # Another host may have made the ledger meanwhile, with its own key: this one is worth nothing then.
        if ledger_fingerprint(settings.ledger) not in (None, key.fingerprint):
            path.unlink()
        raise
    return True


def _ask(question: str, given: str, option: str) -> str:
    if given:
        return given
    if not sys.stdin.isatty():
        raise CommandFault(f"init needs an answer: give {option}")
    answer: str = typer.prompt(question)
    return answer


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
    table: Path | None = typer.Option(None, help="Token rows of other languages: what nlp.training.table wrote."),
) -> None:
    """Trains a model on the corpus and the public sets: about 20 minutes on two cores."""
    from nlp.training.build import train
    from nlp.training.fit import Recipe

    name = version or f"{datetime.now(UTC):%Y%m%d-%H%M}"
    try:
        card = train(
            datasets, folder, name, base, Recipe(epochs=epochs), lambda line: print(line, file=sys.stderr), table
        )
    except FileNotFoundError as exc:
        raise CommandFault(str(exc)) from exc
    print(f"{folder / name}: covered {_names(card.covered)}")
    print(f"use it: DAYMARK_MODEL={folder / name}, then daymark tag --retag")


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command()(init)
    app.add_typer(sources_app, name="sources")
    app.add_typer(model_app, name="model")
