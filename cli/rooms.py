"""Opening the rooms that a command needs."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config import (
    ConfigError,
    Pseudonyms,
    Settings,
    Source,
    SourceKind,
    SourceRegister,
    ephemeral_key,
    load_key,
    load_project,
    load_settings,
    load_sources,
    parse_values,
)
from crawlers import CrawlProcesses
from indexer import Index, open_index, read_completeness
from ledger import Ledger, Worker, make_worker, open_ledger

if TYPE_CHECKING:
    from nlp import Tagger
    from scheduler import Rooms


@dataclass(frozen=True)
class House:
    """Settings and an open ledger and index."""

    settings: Settings
    ledger: Ledger
    index: Index


@contextlib.contextmanager
def open_house() -> Iterator[House]:
    """Opens ledger and index. Raises ConfigError when `init` was not run, LedgerError, IndexFault."""
    settings = load_settings()
    pseudonyms = load_key(settings.key_dir)
    if not settings.data.is_dir():
        raise ConfigError(f"there is no data folder {settings.data}: run `daymark init`, or set DAYMARK_DATA")
    with open_ledger(settings.ledger, pseudonyms, create=False) as ledger:
        index = open_index(settings)
        try:
            yield House(settings, ledger, index)
        finally:
            index.close()


def tell_incomplete(house: House) -> None:
    """One line on stderr where an answer is not of all posts. Raises IndexRejected for another ledger's index."""
    notice = read_completeness(house.ledger, house.index).notice
    if notice:
        print(notice, file=sys.stderr)


@contextlib.contextmanager
def open_worker(house: House) -> Iterator[Worker]:
    """An owner of leases for this process."""
    with make_worker(house.ledger) as worker:
        yield worker


def load_tagger(settings: Settings, pseudonyms: Pseudonyms) -> Tagger:
    """The tagger that the settings name."""
    # torch takes seconds to import; only commands that read posts pay for it.
    from nlp import Tagger

    return Tagger.load(pseudonyms.contact, settings.model, settings.encoder)


def key_or_ephemeral(settings: Settings) -> Pseudonyms:
    """The installation's key, or a throw-away one where there is none: hashes then link within this run only."""
    try:
        return load_key(settings.key_dir)
    except ConfigError:
        return ephemeral_key()


def register_of(house: House) -> SourceRegister:
    """The source register, empty where the file does not exist yet."""
    path = house.settings.data / "sources.yaml"
    return load_sources(house.settings.data) if path.is_file() else SourceRegister()


def import_source(house: House, source_id: str, purpose: str, legal_basis: str) -> Source:
    """The register's entry for an import, or one made of the purpose and basis given. Raises ConfigError without them."""
    found = register_of(house).get(source_id)
    if found is None:
        found = parse_values({"id": source_id, "kind": SourceKind.IMPORT}, Source)
    changes = {name: text for name, text in (("purpose", purpose), ("legal_basis", legal_basis)) if text}
    found = found.model_copy(update=changes)
    if found.why_off:
        raise ConfigError(
            f"{source_id} is not imported: {found.why_off}; give --purpose and --legal-basis or an entry in sources.yaml"
        )
    return found


def make_rooms(house: House, worker: Worker, processes: CrawlProcesses, stop: threading.Event) -> Rooms:
    """All rooms of the service."""
    from scheduler import Rooms

    # Each job reads them anew; one that is wrong from the start is said now, not in the log at every tick.
    load_project(house.settings.data)
    load_sources(house.settings.data)
    return Rooms(
        settings=house.settings,
        ledger=house.ledger,
        worker=worker,
        tagger=load_tagger(house.settings, house.ledger.pseudonyms),
        index=house.index,
        processes=processes,
        stop=stop,
    )
