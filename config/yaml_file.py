"""YAML files of the operator, read into a pydantic model with errors that name file and field."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from config.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)


def read_yaml(path: Path, model: type[Model], missing: str) -> Model:
    """Reads ``path`` as ``model``.

    Raises ConfigError: with ``missing`` when there is no such file, with line and column when it is not YAML, with the
    path of the first wrong field otherwise.
    """
    if not path.is_file():
        raise ConfigError(missing)
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{path} is not readable YAML: {' '.join(str(exc).split())}") from exc
    try:
        return model.model_validate(content or {})
    except ValidationError as exc:
        first = exc.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigError(f"{path}: {field}: {first['msg'].removeprefix('Value error, ')}") from exc
