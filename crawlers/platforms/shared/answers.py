"""Answers of an interface that speaks JSON."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ValidationError

from records import RawItem

if TYPE_CHECKING:
    from scrapy.http import Response

Model = TypeVar("Model", bound=BaseModel)


_HALF = re.compile("\\\\u[dD][89a-fA-F]|[\ud800-\udfff]")


def _with_zone(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as exc:
        # Year 1 in a zone east of Greenwich lies before the calendar; pydantic knows ValueError only.
        raise ValueError("a date that no calendar has in UTC") from exc


Moment = Annotated[datetime, AfterValidator(_with_zone)]
"""A date of an interface, in UTC; one without a zone is read as UTC."""


def _without_halves(found: Any) -> Any:
    return json.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))


def read_json(response: Response) -> Any:
    """The answer's JSON; None where it is none, or in letters that its encoding does not have.

    Halves of letters (`"\\ud800"`) become `?`: no address and no store can hold them.
    """
    try:
        # As json itself decodes: strictly but for halves of letters, so that no text lands garbled.
        text = response.body.decode(json.detect_encoding(response.body), "surrogatepass")
        found = json.loads(text)
        return _without_halves(found) if _HALF.search(text) else found
    except (ValueError, RecursionError):
        return None


def list_in(answer: Any, name: str) -> list[Any] | None:
    """The list that an object of an answer holds under a name; None where there is none."""
    found = answer.get(name) if isinstance(answer, dict) else None
    return found if isinstance(found, list) else None


def read_item(item: Any, model: type[Model]) -> Model | None:
    """What a model reads of an item; None for another shape."""
    try:
        return model.model_validate(item)
    except (ValidationError, RecursionError):
        return None


def fields_read(item: Any, model: type[BaseModel]) -> Any:
    """The fields of an item that a model reads, as the server wrote them; what is no object stays as it is."""
    return {name: item[name] for name in model.model_fields if name in item} if isinstance(item, dict) else item


def make_raw(item: Any) -> RawItem:
    """An item as the server wrote it, as far as JSON gives it back."""
    return RawItem(body=json.dumps(item, ensure_ascii=False).encode("utf-8", "replace"), media_type="application/json")
