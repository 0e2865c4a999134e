"""A row of a file -> Post, by the mapping; what does not fit is refused with one word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from crawlers.counts import read_count
from crawlers.dates import DateFault, plausible
from crawlers.importers.counts import UNREADABLE_COUNT, is_given
from crawlers.importers.identities import make_identity
from crawlers.importers.mapping import FIELDS, LINKS, MAPPED_ONLY, FieldName, ImportMapping, LinkName
from crawlers.importers.paths import MISSING
from crawlers.importers.problems import RowFault
from crawlers.importers.reading import make_reader, scalar_of, text_of, words_of
from crawlers.importers.rounded import refuse_rounded
from records import IMPORT, AuthorKind, Post


@dataclass(frozen=True)
class Converted:
    """A post, and what is to be said of its date and, in one word each, of the rest."""

    post: Post
    date_fault: str | None = None
    spread: bool = False
    remarks: tuple[str, ...] = ()


class Converts(Protocol):
    """What makes posts of the rows of one import."""

    def convert(self, values: dict[str, object]) -> Converted:
        """The post of a row. Raises RowFault."""


class Converter:
    """Makes posts of rows for one import. Paths are prepared once: a file has a million rows."""

    def __init__(self, mapping: ImportMapping, source: str, author_kind: AuthorKind, now: datetime) -> None:
        self._mapping = mapping
        self._source = source
        self._author_kind = author_kind
        self._now = now
        self._zone = ZoneInfo(mapping.timezone)
        self._platform = mapping.platform or IMPORT
        # A file has a million rows: what no mapping names is not looked for.
        names: list[FieldName] = [name for name in FIELDS if name in mapping.fields or name not in MAPPED_ONLY]
        readers = {name: make_reader(mapping.sources_of(name), name) for name in names}
        self._linked = {name: readers.pop(name) for name in LINKS if name in readers}
        self._read = readers
        spread = mapping.spread_dates
        self._seed = make_reader(mapping.sources_of(spread.seed_field), spread.seed_field) if spread else None
        self._counts = {name: make_reader((path,), name) for name, path in mapping.engagement.items()}

    def convert(self, values: dict[str, object]) -> Converted:
        """The post of a row. Raises RowFault."""
        found = {name: read(values) for name, read in self._read.items()}
        refuse_rounded(found["id"])
        given = scalar_of(found["id"], "id")
        if not given:
            raise RowFault("missing_id")
        text, title = text_of(found["text"], "text"), text_of(found["title"], "title")
        media_text = text_of(found["media_text"], "media_text")
        if not text.strip() and not title.strip() and not media_text.strip():
            raise RowFault("missing_text")
        published, fault = self._date(found["published_at"])
        spread = self._mapping.spread_dates
        is_spread = published is None and fault is None and spread is not None
        if is_spread and spread is not None and self._seed is not None:
            published = spread.spread(scalar_of(self._seed(values), spread.seed_field) or given)
        links, odd_links = self._links(values)
        counts, odd_counts = self._engagement(values)
        try:
            post = Post(
                platform=self._platform,
                native_id=self._identity(given),
                source=self._source,
                url=scalar_of(found["url"], "url") or None,
                author=scalar_of(found["author"], "author") or None,
                author_kind=self._author_kind,
                lang_hint=text_of(found["lang"], "lang").strip().lower() or None,
                title=title,
                text=text,
                media_text=media_text,
                hashtags=words_of(found["hashtags"], "hashtags", "#"),
                mentions=words_of(found.get("mentions"), "mentions", "@"),
                reply_to=links["reply_to"],
                thread=links["thread"],
                quotes=links["quotes"],
                engagement=counts,
                published_at=published,
                collected_at=self._now,
            )
        except ValidationError as exc:
            raise RowFault("invalid") from exc
        return Converted(post, fault, is_spread, (*odd_links, *odd_counts))

    def _identity(self, given: str, *, is_thread: bool = False) -> str:
        return make_identity(self._platform, self._source, given, is_thread=is_thread)

    def _links(self, values: dict[str, object]) -> tuple[dict[LinkName, str | None], tuple[str, ...]]:
        """Ids of other posts; one that is none is left out, and a remark says so: the post itself is whole."""
        links: dict[LinkName, str | None] = dict.fromkeys(LINKS)
        remarks: list[str] = []
        for name, read in self._linked.items():
            try:
                found = read(values)
                refuse_rounded(found)
                given = scalar_of(found, name)
                links[name] = self._identity(given, is_thread=name == "thread") if given else None
            except RowFault:
                remarks.append(f"odd_{name}")
        return links, tuple(remarks)

    def _engagement(self, values: dict[str, object]) -> tuple[dict[str, int], tuple[str, ...]]:
        """Counts by name; one that cannot be read is left out, and a remark says so."""
        counts: dict[str, int] = {}
        remarks: list[str] = []
        for name, read in self._counts.items():
            found = read(values)
            number = read_count(found)
            if number is not None:
                counts[name] = number
            elif is_given(found):
                remarks.append(UNREADABLE_COUNT)
        return counts, tuple(remarks)

    def _date(self, value: object) -> tuple[datetime | None, str | None]:
        if value is MISSING or value is None or (isinstance(value, str) and not value.strip()):
            return None, None
        if isinstance(value, bool) or not isinstance(value, (str, int, float, datetime)):
            raise RowFault("wrong_type_published_at")
        for form in self._mapping.dates:
            try:
                # A workbook says itself which cells are dates.
                moment = value if isinstance(value, datetime) else _parse(str(value), form)
                moment = moment if moment.tzinfo else moment.replace(tzinfo=self._zone)
                fault = plausible(moment.astimezone(UTC), self._now)
            except (ValueError, OverflowError, OSError):
                continue
            return (None, fault.value) if fault else (moment.astimezone(UTC), None)
        return None, DateFault.UNREADABLE.value


def _parse(text: str, form: str) -> datetime:
    if form == "iso":
        return datetime.fromisoformat(text.strip())
    if form == "unix":
        return datetime.fromtimestamp(float(text), UTC)
    if form == "unix_ms":
        return datetime.fromtimestamp(float(text) / 1000, UTC)
    return datetime.strptime(text.strip(), form)
