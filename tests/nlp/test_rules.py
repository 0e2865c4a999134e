"""The fingerprint of the rules: another one whenever a list or a rule is another."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import config
from nlp import rules


def test_it_changes_with_any_rule_and_any_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room, lists = tmp_path / "nlp", tmp_path / "config"
    shutil.copytree(
        Path(rules.__file__).parent, room, ignore=shutil.ignore_patterns("model", "training", "__pycache__")
    )
    shutil.copytree(Path(config.__file__).parent, lists, ignore=shutil.ignore_patterns("__pycache__"))
    shipped = rules.rules_fingerprint()
    monkeypatch.setattr(rules, "_ROOM", room)
    monkeypatch.setattr(config, "__file__", str(lists / "__init__.py"))
    seen = {shipped}
    rules.rules_fingerprint.cache_clear()
    assert rules.rules_fingerprint() == shipped, "wherever it is installed"
    for path in (
        room / "redaction" / "runs.py",
        room / "offers" / "prices.py",
        room / "language.py",
        lists / "contacts.yaml",
    ):
        path.write_text(path.read_text("utf-8") + "# another rule\n", "utf-8")
        rules.rules_fingerprint.cache_clear()
        seen.add(rules.rules_fingerprint())
    rules.rules_fingerprint.cache_clear()
    assert len(seen) == 5
