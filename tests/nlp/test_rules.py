"""The fingerprint of the rules: another one whenever a list, a rule or what they are looked up in is another."""

from __future__ import annotations

import ast
import shutil
import sys
import unicodedata
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

import config
import nlp
import records
from nlp import rules

_ROOMS = ("nlp", "config", "records")
_RUN_THE_MODEL = {"numpy", "torch", "transformers", "tokenizers", "safetensors"}
_ONLY_SHAPES = {"pydantic"}


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The rooms at another place, and the fingerprint reading them there."""
    for room in (nlp, config, records):
        here = Path(str(room.__file__)).parent
        ignored = shutil.ignore_patterns("model", "training", "__pycache__")
        shutil.copytree(here, tmp_path / here.name, ignore=ignored)
    monkeypatch.setattr(rules, "_ROOM", tmp_path / "nlp")
    monkeypatch.setattr(config, "__file__", str(tmp_path / "config" / "__init__.py"))
    monkeypatch.setattr(records, "__file__", str(tmp_path / "records" / "__init__.py"))
    yield tmp_path
    rules.rules_fingerprint.cache_clear()


def fingerprint() -> str:
    """As a process computes it that begins now."""
    rules.rules_fingerprint.cache_clear()
    return rules.rules_fingerprint()


def deciding(root: Path) -> list[Path]:
    """All code that reads a post, and all lists it reads with."""
    code = sorted((root / "nlp").rglob("*.py"))
    lists = sorted((root / "config" / "places").iterdir())
    return [*code, *lists, root / "config" / "contacts.yaml", root / "records" / "working_copy.py"]


def test_it_is_the_same_wherever_it_is_installed(monkeypatch: pytest.MonkeyPatch, copied: Path) -> None:
    there = fingerprint()
    monkeypatch.undo()
    assert fingerprint() == there


def test_it_changes_with_any_rule_and_any_list(copied: Path) -> None:
    files = deciding(copied)
    seen = {fingerprint()}
    for path in files:
        path.write_text(path.read_text("utf-8") + "# another rule\n", "utf-8")
        seen.add(fingerprint())
    assert len(seen) == len(files) + 1
    assert len(files) > 40, "the folders hold the rules"


@pytest.mark.parametrize("name", rules._LIBRARIES)
def test_it_changes_with_what_the_rules_are_looked_up_in(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = fingerprint()
    versions = metadata.version
    monkeypatch.setattr(metadata, "version", lambda asked: "0.1" if asked == name else versions(asked))
    assert fingerprint() != shipped
    monkeypatch.undo()
    assert fingerprint() == shipped


def test_it_changes_with_the_tables_of_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = fingerprint()
    monkeypatch.setattr(unicodedata, "unidata_version", "1.1.0")
    assert fingerprint() != shipped
    monkeypatch.undo()
    assert fingerprint() == shipped


def test_every_library_that_decides_is_one_of_them() -> None:
    used = set()
    room = Path(str(nlp.__file__)).parent
    for path in deciding(room.parent):
        if path.suffix == ".py" and not {"training", "model"} & set(path.relative_to(room.parent).parts):
            used |= set(imported(ast.parse(path.read_text("utf-8"))))
    others = used - sys.stdlib_module_names - set(_ROOMS) - _RUN_THE_MODEL - _ONLY_SHAPES
    distributions = metadata.packages_distributions()
    assert {distributions[name][0].lower() for name in others} == set(rules._LIBRARIES)


def imported(tree: ast.Module) -> Iterator[str]:
    """Top-level names of what a module imports from outside."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]
