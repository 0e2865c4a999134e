"""The port on an Elasticsearch cluster."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from elasticsearch import BadRequestError, NotFoundError

from indexer.backend import Acknowledgement, Entry, Outcome, Rebuild
from indexer.elastic import counting, reading
from indexer.elastic.asking import count
from indexer.elastic.bulk import CHUNK, NO_INDEX, Action, send
from indexer.elastic.client import connect, error_type, translated
from indexer.elastic.names import SCHEMA_VERSION, Names
from indexer.elastic.template import make_properties, make_template
from indexer.errors import IndexRejected, IndexUnavailable
from indexer.grammar import Query
from indexer.queries import MarketQuery, OfferRow, SearchPage, SearchQuery, TrendCounts, TrendSlice
from indexer.stored import make_search_fields, make_source, to_json
from records import Document

EXPUNGE_TIMEOUT_SECONDS = 3600.0
"""A month of millions of posts is rewritten as a whole."""
HISTORY_SECONDS = 45.0
"""A shard keeps what was erased for its copies until its history is renewed: every 30 s, measured 33 s on 9.4.3."""
LOOK_SECONDS = 5.0


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
            with translated():
                self._put_template(self.rebuild_state())
            self._prepared = True

    def _make_indices(self, missing: set[str]) -> None:
        """For servers that do not make an index when a document comes: the documents are written at the next attempt."""
        with translated():
            for index in sorted(missing):
                try:
                    self._client.indices.create(index=index)
                except BadRequestError as exc:
                    if error_type(exc.body) != "resource_already_exists_exception":
                        raise

    def _put_template(self, state: Rebuild) -> None:
        meta = self._template_meta()
        found = meta.get("schema_version", SCHEMA_VERSION)
        if found > SCHEMA_VERSION:
            raise IndexRejected(f"the index was made by a newer Daymark (schema {found}): install that version")
        self._client.indices.put_index_template(name=self.names.template, **make_template(self.names, state))
        # Fields that this version added must be known to the months that are there already.
        with contextlib.suppress(NotFoundError):
            self._client.indices.put_mapping(index=self.names.pattern, properties=make_properties())

    def _template_meta(self) -> dict[str, Any]:
        try:
            answer = self._client.indices.get_index_template(name=self.names.template)
        except NotFoundError:
            return {}
        found: dict[str, Any] = answer["index_templates"][0]["index_template"].get("_meta", {})
        return found

    def search(self, query: SearchQuery) -> SearchPage:
        """See Index.search."""
        with translated():
            return reading.search(self._client, self.names.alias, query)

    def trend(self, query: TrendSlice) -> TrendCounts:
        """See Index.trend."""
        with translated():
            return counting.trend(self._client, self.names.alias, query)

    def offers(self, query: MarketQuery) -> Iterator[OfferRow]:
        """See Index.offers."""
        with translated():
            yield from reading.offers(self._client, self.names, query)

    def extent(self, query: Query) -> tuple[datetime, datetime] | None:
        """See Index.extent."""
        with translated():
            return reading.extent(self._client, self.names.alias, query)

    def count(self) -> int:
        """See Index.count."""
        with translated():
            return count(self._client, {"match_all": {}}, index=self.names.alias, ignore_unavailable=True)

    def scan_ids(self) -> Iterator[Entry]:
        """See Index.scan_ids."""
        with translated():
            yield from reading.scan_ids(self._client, self.names)

    def refresh(self) -> None:
        """See Index.refresh."""
        with translated():
            self._client.indices.refresh(index=self.names.alias, ignore_unavailable=True)

    def expunge(self) -> None:
        """See Index.expunge. Merges erased documents away and writes a new translog; replicas follow."""
        until = time.monotonic() + HISTORY_SECONDS
        with translated():
            while self._merge_erased() and time.monotonic() < until:
                time.sleep(LOOK_SECONDS)

    def _merge_erased(self) -> int:
        """Merges once; returns how many erased documents are still in segments."""
        client = self._client.options(request_timeout=EXPUNGE_TIMEOUT_SECONDS)
        where: dict[str, Any] = {"index": self.names.alias, "ignore_unavailable": True}
        client.indices.flush(**where, force=True)
        client.indices.forcemerge(**where, only_expunge_deletes=True)
        client.indices.refresh(**where)
        stats = client.indices.stats(index=self.names.pattern, metric="docs")["_all"]["primaries"]
        left: int = stats.get("docs", {}).get("deleted", 0)
        return left

    def drop(self) -> None:
        """See Index.drop. Takes away the indices of every schema version."""
        with translated():
            self._put_template(Rebuild.DROPPED)
            there = self._client.indices.get_alias(index=self.names.all_versions)
            for index in sorted(there):
                # By full name: a server may refuse to delete by wildcard.
                self._client.indices.delete(index=index, ignore_unavailable=True)

    def rebuild_state(self) -> Rebuild:
        """See Index.rebuild_state."""
        with translated():
            return Rebuild(self._template_meta().get("rebuild", Rebuild.NONE.value))

    def set_rebuild_state(self, state: Rebuild) -> None:
        """See Index.set_rebuild_state."""
        with translated():
            self._put_template(state)

    def close(self) -> None:
        """See Index.close."""
        self._client.close()
