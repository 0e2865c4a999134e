"""What every record has in common: it never changes after it was made, and it refuses fields it does not know."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

MAX_TEXT = 100_000
"""Characters of a post's text that are kept as text; the raw item keeps all. The longest forum posts seen are far below."""


class Record(BaseModel):
    """A frozen pydantic model without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a time needs its zone; state UTC")
    try:
        return value.astimezone(UTC)
    except OverflowError as exc:
        # The first hours of year 1 east of Greenwich lie before it; pydantic reports ValueErrors only.
        raise ValueError("a time outside the years 1 to 9999 in UTC") from exc


UtcTime = Annotated[datetime, AfterValidator(_in_utc)]
"""A point in time with zone, held in UTC."""


def repair_text(text: str) -> tuple[str, list[str]]:
    """Makes text storable: no NUL (PostgreSQL refuses it), no lone surrogates (UTF-8 has none), at most MAX_TEXT long.

    Returns the text and the names of the repairs made, out of ``nul``, ``surrogate``, ``cut``; the raw item keeps the
    bytes as they came.
    """
    repairs: list[str] = []
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
        repairs.append("nul")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        repairs.append("surrogate")
    if len(text) > MAX_TEXT:
        text = text[:MAX_TEXT]
        repairs.append("cut")
    return text, repairs
