"""The room rule: who may import whom, and that only names in a room's `__all__` cross its threshold."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("records", "config", "ledger", "nlp", "crawlers", "indexer", "alerts")
DOORS = ("cli", "scheduler", "tagging")
# Sub-packages that are thresholds of their own: they are entered from outside their room by design.
OWN_THRESHOLD = {"nlp.training.build", "nlp.training.fit"}


def python_files(name: str) -> list[Path]:
    single = ROOT / f"{name}.py"
    return [single] if single.is_file() else sorted((ROOT / name).rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """(module, name) of every import of a file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from ((node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


def exported(module: str) -> set[str]:
    """The names in a package's `__all__`, read from its syntax tree."""
    path = ROOT.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "__all__" for t in node.targets):
            return set(ast.literal_eval(node.value))
    return {
        node.name
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
    }


@pytest.mark.parametrize("room", [*ROOMS, *DOORS, "demo"])
def test_only_public_names_cross_a_threshold(room: str) -> None:
    wrong = []
    for path in python_files(room):
        for module, name in imports(path):
            other = module.split(".")[0]
            if other not in ROOMS or other == room:
                continue
            if module not in ROOMS and module not in OWN_THRESHOLD:
                wrong.append(f"{path.relative_to(ROOT)}: from {module} import {name}: enter by `{other}`")
            elif name and name not in exported(module):
                wrong.append(f"{path.relative_to(ROOT)}: {module}.{name} is not in its __all__")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_knows_a_door(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in python_files(room)
        for module, _ in imports(path)
        if module.split(".")[0] in (*DOORS, "demo", "tests", "tools", "benchmarks")
    ]
    assert not wrong, "\n".join(wrong)


def test_the_scheduler_does_not_know_the_command_line() -> None:
    found = [module for name in ("scheduler.py", "tagging.py") for module, _ in imports(ROOT / name)]
    assert "ledger" in found
    assert not [module for module in found if module.split(".")[0] == "cli"]
