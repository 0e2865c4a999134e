"""A row of a file -> Post, by the mapping; what does not fit is refused with one word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from crawlers.dates import DateFault, plausible
from crawlers.importers.mapping import FIELDS, LINKS, MAPPED_ONLY, Constant, FieldName, ImportMapping, LinkName
from crawlers.importers.paths import MISSING, follow
from crawlers.importers.problems import RowFault
from crawlers.importers.rounded import refuse_rounded
from crawlers.urls import canonical_url
from records import IMPORT, WEB, AuthorKind, Post


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
        names = [name for name in FIELDS if name in mapping.fields or name not in MAPPED_ONLY]
        self._read = {name: _reader(mapping.sources_of(name)) for name in names}
        self._linked = [name for name in LINKS if name in mapping.fields]
        self._counts = {name: _reader((path,)) for name, path in mapping.engagement.items()}

    def convert(self, values: dict[str, object]) -> Converted:
        """The post of a row. Raises RowFault."""
        found = {name: read(values) for name, read in self._read.items()}
        refuse_rounded(found["id"])
        given = _scalar(found["id"], "id")
        if not given:
            raise RowFault("missing_id")
        text, title = _text(found["text"], "text"), _text(found["title"], "title")
        media_text = _text(found["media_text"], "media_text")
        if not text.strip() and not title.strip() and not media_text.strip():
            raise RowFault("missing_text")
        published, fault = self._date(found["published_at"])
        spread = self._mapping.spread_dates
        is_spread = published is None and fault is None and spread is not None
        if is_spread and spread is not None:
            published = spread.spread(_scalar(found[spread.seed_field], spread.seed_field) or given)
        links, remarks = self._links(found)
        try:
            post = Post(
                platform=self._platform,
                native_id=self._identity(given),
                source=self._source,
                url=_scalar(found["url"], "url") or None,
                author=_scalar(found["author"], "author") or None,
                author_kind=self._author_kind,
                lang_hint=_text(found["lang"], "lang").strip().lower() or None,
                title=title,
                text=text,
                media_text=media_text,
                hashtags=_words(found["hashtags"], "hashtags", "#"),
                mentions=_words(found.get("mentions"), "mentions", "@"),
                reply_to=links["reply_to"],
                thread=links["thread"],
                quotes=links["quotes"],
                engagement=self._engagement(values),
                published_at=published,
                collected_at=self._now,
            )
        except ValidationError as exc:
            raise RowFault("invalid") from exc
        return Converted(post, fault, is_spread, remarks)

    def _links(self, found: dict[FieldName, Any]) -> tuple[dict[LinkName, str | None], tuple[str, ...]]:
        """Ids of other posts; one that is none is left out, and a remark says so: the post itself is whole."""
        links: dict[LinkName, str | None] = dict.fromkeys(LINKS)
        remarks: list[str] = []
        for name in self._linked:
            try:
                refuse_rounded(found[name])
                given = _scalar(found[name], name)
                links[name] = self._identity(given) if given else None
            except RowFault:
                remarks.append(f"odd_{name}")
        return links, tuple(remarks)

    def _identity(self, given: str) -> str:
        if self._platform == IMPORT:
            return f"{self._source}:{given}"
        if self._platform == WEB:
            # The same article may come by feed: one post, so one form of its address.
            address = canonical_url(given)
            if address is None:
                raise RowFault("id_is_no_url")
            return address
        return given

    def _engagement(self, values: dict[str, object]) -> dict[str, int]:
        counts: dict[str, int] = {}
        for name, read in self._counts.items():
            number = read(values)
            if isinstance(number, str) and number.strip().isdigit():
                number = int(number)
            if isinstance(number, int) and not isinstance(number, bool):
                counts[name] = number
        return counts

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


def _reader(rule: tuple[str, ...] | Constant) -> Callable[[dict[str, object]], Any]:
    if isinstance(rule, Constant):
        constant = rule.value
        return lambda _: constant
    paths = [(path, path.split(".")) for path in rule]

    def read(values: dict[str, object]) -> object:
        for path, steps in paths:
            # A column may have dots in its own name.
            found = values[path] if path in values else follow(values, steps)
            if found is not MISSING and found is not None and found != "":
                return found
        return MISSING

    return read


def _text(value: object, name: FieldName) -> str:
    if value is MISSING or value is None:
        return ""
    if not isinstance(value, str):
        raise RowFault(f"wrong_type_{name}")
    return value


def _scalar(value: object, name: FieldName) -> str:
    """Text or a whole number as text: ids are numbers in many exports."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _text(value, name).strip()


def _words(value: object, name: FieldName, sign: str) -> tuple[str, ...]:
    if value is MISSING or value is None:
        return ()
    words = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str | int) for word in words):
        raise RowFault(f"wrong_type_{name}")
    # Accounts are numbers in some exports.
    words = [str(word) for word in words]
    return tuple(dict.fromkeys(word.strip().lstrip(sign) for word in words if word.strip(f"{sign} ")))
