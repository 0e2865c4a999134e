"""Answers of an interface that speaks JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scrapy.http import Response


def read_json(response: Response) -> Any:
    """The answer's JSON; None where it is none."""
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError):
        return None
