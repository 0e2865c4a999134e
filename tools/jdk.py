"""Finds a Java that is new enough, by running what is there."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tools.processes import as_server

JVM_FOLDER = Path("/usr/lib/jvm")


class NoJdk(RuntimeError):
    """No Java that is new enough; the message lists what was tried."""


def candidates() -> Iterator[Path]:
    """Java homes, best first: ES_JAVA_HOME, JAVA_HOME, `java` on PATH, /usr/lib/jvm from the last name on."""
    for name in ("ES_JAVA_HOME", "JAVA_HOME"):
        if os.environ.get(name):
            yield Path(os.environ[name])
    on_path = shutil.which("java")
    if on_path:
        yield Path(on_path).resolve().parent.parent
    if JVM_FOLDER.is_dir():
        yield from sorted(JVM_FOLDER.iterdir(), reverse=True)


def java_version(home: Path) -> int | None:
    """The major version that Java says it has when the server account runs it; None when it does not run."""
    command = [str(home / "bin" / "java"), "-version"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True, cwd="/", **as_server())
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r'version "(\d+)', said.stderr + said.stdout)
    return int(found.group(1)) if found else None


def find_jdk(at_least: int) -> Path:
    """The first Java home with major version `at_least` or newer. Raises NoJdk."""
    tried: dict[Path, int | None] = {}
    for home in candidates():
        if home not in tried:
            tried[home] = java_version(home)
            if (tried[home] or 0) >= at_least:
                return home
    seen = ", ".join(f"{home} ({version or 'does not run'})" for home, version in tried.items()) or "none found"
    raise NoJdk(f"a Java {at_least} or newer is needed (set ES_JAVA_HOME to its folder); seen: {seen}")
