"""The outward JSON shapes, as schemas under tests/contract/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

CONTRACT = Path(__file__).parents[1] / "contract"


def assert_shape(name: str, answer: Any) -> None:
    """Holds an answer, as it would be printed, against its schema."""
    schema = json.loads((CONTRACT / f"{name}.schema.json").read_text("utf-8"))
    jsonschema.validators.validator_for(schema).check_schema(schema)
    jsonschema.validate(json.loads(json.dumps(answer)), schema)
