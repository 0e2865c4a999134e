"""YAML files of the operator, read into a pydantic model with errors that name file, line and field.

A name that stands twice in one mapping is refused: YAML would keep the last one without a word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from config.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)


def read_yaml(path: Path, model: type[Model], missing: str) -> Model:
    """Reads ``path`` as ``model``.

    Raises ConfigError: with ``missing`` when there is no such file, with the line when it is not YAML, with line and path
    of the first wrong field otherwise.
    """
    if not path.is_file():
        raise ConfigError(missing)
    content, places = read_mapping(path)
    try:
        return model.model_validate(content)
    except ValidationError as exc:
        field = first_field(exc) or "the file"
        raise ConfigError(f"{places.where(exc.errors()[0]['loc'])}: {field}: {first_message(exc)}") from exc


def parse_values(values: Mapping[str, object], model: type[Model]) -> Model:
    """``values`` as ``model``. Raises ConfigError with the name of the first wrong field and what is wrong with it."""
    try:
        return model.model_validate(values)
    except ValidationError as exc:
        field = first_field(exc)
        raise ConfigError(f"{field}: {first_message(exc)}" if field else first_message(exc)) from exc


class Places:
    """Where the parts of a YAML file stand."""

    def __init__(self, path: Path, root: yaml.Node | None) -> None:
        self._path = path
        self._root = root

    def where(self, loc: Sequence[int | str]) -> str:
        """``FILE, line N`` of the deepest part of ``loc`` that stands in the file; 1 is the first line."""
        node, line = self._root, 1
        for part in loc:
            found = _step(node, part)
            if found is None:
                break
            line, node = found
        return f"{self._path}, line {line}"


def read_mapping(path: Path) -> tuple[dict[str, Any], Places]:
    """The ``name: value`` lines of a file; an empty file has none. Raises ConfigError on anything else."""
    try:
        loader = yaml.SafeLoader(path.read_text("utf-8"))
        try:
            root = loader.get_single_node()
            _refuse_doubles(path, root)
            content = None if root is None else loader.construct_document(root)
        finally:
            loader.dispose()
    except OSError as exc:
        raise ConfigError(f"{path} cannot be read: {exc.strerror}") from exc
    except (yaml.YAMLError, ValueError, RecursionError) as exc:
        # ValueError: no UTF-8, or a date such as 2026-02-30.
        raise ConfigError(f"{path} is not readable YAML: {' '.join(str(exc).split())}") from exc
    if content is None:
        return {}, Places(path, root)
    if not isinstance(content, dict):
        raise ConfigError(f"{path} must hold `name: value` lines")
    return {str(key): value for key, value in content.items()}, Places(path, root)


def first_field(exc: ValidationError) -> str:
    """Dotted name of the first wrong field; empty where the whole is wrong."""
    return ".".join(str(part) for part in exc.errors()[0]["loc"])


def first_message(exc: ValidationError) -> str:
    """What pydantic says of the first error, without its own prefix."""
    return exc.errors()[0]["msg"].removeprefix("Value error, ")


def _refuse_doubles(path: Path, node: yaml.Node | None) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen and key.tag != "tag:yaml.org,2002:merge":
                raise ConfigError(f"{path}, line {key.start_mark.line + 1}: {name} stands twice")
            seen.add(name)
            _refuse_doubles(path, value)
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            _refuse_doubles(path, child)


def _step(node: yaml.Node | None, part: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        child = node.value[part]
        return child.start_mark.line + 1, child
    return None
