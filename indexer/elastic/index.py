"""The port on an Elasticsearch cluster."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from elasticsearch import BadRequestError, Elasticsearch, NotFoundError

from indexer.backend import Acknowledgement, Entry, Note, Outcome, Rebuild
from indexer.elastic import counting, expunge, notes, reading
from indexer.elastic.asking import ask_alias, total
from indexer.elastic.bulk import CHUNK, NO_INDEX, Action, send
from indexer.elastic.client import connect, error_type, translated
from indexer.elastic.names import Names
from indexer.elastic.template import make_properties, make_template
from indexer.elastic.versions import check_versions, find_indices, find_templates
from indexer.errors import IndexRejected, IndexUnavailable
from indexer.grammar import Query
from indexer.queries import MarketQuery, OfferRow, SearchPage, SearchQuery, TrendCounts, TrendSlice
from indexer.stored import make_search_fields, make_source, to_json
from records import Document


class ElasticIndex:
    """Implements indexer.backend.Index. ``retries`` and ``backoff`` (s) are for single items that are answered 429."""

    backend = "elasticsearch"

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        ca_file: Path | None = None,
        names: Names | None = None,
        *,
        retries: int = 3,
        backoff: float = 1.0,
    ) -> None:
        self.names = names or Names()
        self._client = connect(url, api_key, ca_file)
        self._retries = retries
        self._backoff = backoff
        self._checked = False
        self._prepared = False

    def write(self, documents: Iterable[Document]) -> Iterator[Acknowledgement]:
        """See Index.write."""
        stream = iter(documents)
        while chunk := list(itertools.islice(stream, CHUNK)):
            actions = []
            for document in chunk:
                try:
                    actions.append(self._write_action(document))
                except ValueError as exc:
                    yield Acknowledgement(document.post_id, document.doc_version, Outcome.REJECTED, str(exc))
                except Exception as exc:  # noqa: BLE001 - one document must not stop the others; its message may quote it
                    yield Acknowledgement(document.post_id, document.doc_version, Outcome.REJECTED, type(exc).__name__)
            yield from self._send(actions)

    def erase(self, entries: Iterable[Entry]) -> Iterator[Acknowledgement]:
        """See Index.erase."""
        stream = iter(entries)
        while chunk := list(itertools.islice(stream, CHUNK)):
            actions = []
            for post_id, month, version in chunk:
                try:
                    actions.append(Action("delete", self.names.index(month), post_id, version))
                except ValueError:
                    # No index can have that name, so nothing stands there.
                    yield Acknowledgement(post_id, version, Outcome.DONE)
            yield from self._send(actions)

    def _send(self, actions: list[Action]) -> Iterator[Acknowledgement]:
        try:
            self._prepare()
        except IndexUnavailable as exc:
            for action in actions:
                yield Acknowledgement(action.post_id, action.version, Outcome.UNAVAILABLE, str(exc))
            return
        missing = set()
        places = {action.post_id: action.index for action in actions}
        for ack in send(self._client, actions, self._retries, self._backoff):
            if ack.outcome is Outcome.UNAVAILABLE and ack.reason.startswith(NO_INDEX):
                missing.add(places[ack.post_id])
            yield ack
        self._make_indices(missing)

    def _write_action(self, document: Document) -> Action:
        body = to_json({**make_source(document), **make_search_fields(document)})
        return Action("index", self.names.index(document.month), document.post_id, document.doc_version, body)

    def _prepare(self) -> None:
        if not self._prepared:
            with self._asking():
                self._put_template()
            self._prepared = True

    @contextlib.contextmanager
    def _asking(self) -> Iterator[Elasticsearch]:
        """The client, for indices of this schema. Raises IndexUnavailable, IndexRejected."""
        with translated():
            if not self._checked:
                check_versions(self._client, self.names)
                self._checked = True
            yield self._client

    def _make_indices(self, missing: set[str]) -> None:
        """For servers that do not make an index when a document comes: the documents are written at the next attempt."""
        with translated():
            for index in sorted(missing):
                try:
                    self._client.indices.create(index=index)
                except BadRequestError as exc:
                    if error_type(exc.body) != "resource_already_exists_exception":
                        raise

    def _put_template(self) -> None:
        self._client.indices.put_index_template(name=self.names.template, **make_template(self.names))
        # Fields that this version added must be known to the months that are there already.
        with contextlib.suppress(NotFoundError):
            self._client.indices.put_mapping(index=self.names.pattern, properties=make_properties())

    def search(self, query: SearchQuery) -> SearchPage:
        """See Index.search."""
        with self._asking() as client:
            return reading.search(client, self.names.alias, query)

    def trend(self, query: TrendSlice) -> TrendCounts:
        """See Index.trend."""
        with self._asking() as client:
            return counting.trend(client, self.names.alias, query)

    def offers(self, query: MarketQuery) -> Iterator[OfferRow]:
        """See Index.offers."""
        with self._asking() as client:
            yield from reading.offers(client, self.names, query)

    def extent(self, query: Query) -> tuple[datetime, datetime] | None:
        """See Index.extent."""
        with self._asking() as client:
            return reading.extent(client, self.names.alias, query)

    def count(self) -> int:
        """See Index.count."""
        with self._asking() as client:
            answer = ask_alias(client, self.names.alias, size=0, track_total_hits=True)
            return total(answer) if answer is not None else 0

    def scan_ids(self) -> Iterator[Entry]:
        """See Index.scan_ids."""
        with self._asking() as client:
            yield from reading.scan_ids(client, self.names)

    def look_up(self, post_ids: Collection[str]) -> Iterator[Entry]:
        """See Index.look_up."""
        with self._asking() as client:
            yield from reading.look_up(client, self.names, post_ids)

    def refresh(self) -> None:
        """See Index.refresh."""
        with self._asking() as client, contextlib.suppress(NotFoundError):
            client.indices.refresh(index=self.names.alias)

    def expunge(self) -> None:
        """See Index.expunge. Takes half a minute at least where something was erased."""
        with self._asking() as client:
            expunge.expunge(client, self.names.pattern)

    def drop(self) -> None:
        """See Index.drop. Takes away the indices of every schema version."""
        with translated():
            check_versions(self._client, self.names, newer_only=True)
            notes.write_note(self._client, self.names, Note.REBUILD, Rebuild.DROPPED.value)
            # First, since other workers may go on writing: their months must not come to be without a mapping.
            self._put_template()
            for index in find_indices(self._client, self.names):
                # By full name: a server may refuse to delete by wildcard.
                self._client.indices.delete(index=index, ignore_unavailable=True)
            for template in find_templates(self._client, self.names):
                if template != self.names.template:
                    self._client.indices.delete_index_template(name=template)

    def read_note(self, note: Note) -> str:
        """See Index.read_note."""
        with translated():
            if note is Note.REBUILD:
                with contextlib.suppress(IndexRejected):
                    check_versions(self._client, self.names)
                    return notes.read_note(self._client, self.names, note)
                return ""
            return notes.read_note(self._client, self.names, note)

    def write_note(self, note: Note, value: str, *, first: bool = False) -> None:
        """See Index.write_note."""
        with translated():
            notes.write_note(self._client, self.names, note, value, first=first)

    def close(self) -> None:
        """See Index.close."""
        self._client.close()
