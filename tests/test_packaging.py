"""What `pip install .` brings: every file of every room, or an installation outside a checkout starts and fails later."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
LEFT_OUT = ("nlp/training/corpus/next/",)
"""Lines that no model has learned from yet."""


def test_the_wheel_holds_every_file_of_the_rooms(tmp_path: Path) -> None:
    made, source = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8")), tmp_path / "source"
    rooms = [pattern.rstrip("*") for pattern in made["tool"]["setuptools"]["packages"]["find"]["include"]]
    modules = [f"{name}.py" for name in made["tool"]["setuptools"]["py-modules"]]
    for room in rooms:
        shutil.copytree(ROOT / room, source / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE", *modules):
        shutil.copy(ROOT / name, source / name)
    build = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    made_it = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=source, capture_output=True, text=True, check=False
    )
    assert made_it.returncode == 0, made_it.stderr[-2000:]
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        held = set(wheel.namelist())
    files = {path.relative_to(ROOT).as_posix() for room in rooms for path in (ROOT / room).rglob("*") if path.is_file()}
    wanted = {name for name in files | set(modules) if "__pycache__" not in name and not name.startswith(LEFT_OUT)}
    assert wanted - held == set()
