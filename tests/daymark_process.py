"""Running `daymark` as a user does: a process of its own, a data folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).parent / "daymark"


@dataclass
class Installation:
    """A data folder with key and project, on any ledger and index."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def full_environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DAYMARK_")}
        mine = {"DAYMARK_DATA": str(self.data), "DAYMARK_KEY_DIR": str(self.folder / "key")}
        return {**inherited, **mine, **self.environment}

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """A running command; its output goes nowhere."""
        return subprocess.Popen(
            [COMMAND, *words], env=self.full_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def run(self, *words: str, stdin: bytes | None = None, timeout: float = 240) -> subprocess.CompletedProcess[bytes]:
        """A command run to its end, whatever its exit status."""
        return subprocess.run(
            [COMMAND, *words],
            env=self.full_environment(),
            input=stdin,
            capture_output=True,
            timeout=timeout,
            check=False,
        )

    def must(self, *words: str, stdin: bytes | None = None, timeout: float = 240) -> str:
        """Stdout of a command that ends with 0."""
        done = self.run(*words, stdin=stdin, timeout=timeout)
        assert done.returncode == 0, f"daymark {' '.join(words)}: {done.returncode}\n{done.stderr.decode()[-2000:]}"
        return done.stdout.decode()

    def json(self, *words: str) -> Any:
        """The JSON that a command prints."""
        return json.loads(self.must(*words, "--json"))

    def init(self) -> Installation:
        """Runs `init` with answers."""
        self.must(
            "init", "--controller", "Test", "--purpose", "tests", "--legal-basis", "invented posts",
            "--contact", "test@example.org",
        )  # fmt: skip
        return self
