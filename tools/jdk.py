"""Finds a Java that is new enough, by running what is there."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tools.packages import PackageMissing, how_to_install, need_that
from tools.processes import as_server

JVM_FOLDER = Path("/usr/lib/jvm")


PACKAGE = "openjdk-21-jre-headless"
"""In Debian 13 and Ubuntu 24.04; Debian 12 has none that is new enough for Elasticsearch."""


class NoJdk(RuntimeError):
    """No Java that is new enough; the message lists what was tried, and what to do."""


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
    raise NoJdk(
        f"a Java {at_least} or newer is needed; seen: {seen}. Type, on Debian 13 or Ubuntu 24.04:\n\n"
        f"{how_to_install(PACKAGE)}\n\n"
        "Debian 12 has none: unpack one (https://adoptium.net) where every account can read it, and set ES_JAVA_HOME to it"
    )


def need_jdk(at_least: int) -> Path:
    """As `find_jdk`; Debian's is installed where none is there and we may. Raises NoJdk."""
    try:
        return find_jdk(at_least)
    except NoJdk:
        with suppress(PackageMissing):
            need_that(lambda: _is_found(at_least), f"Java {at_least}", PACKAGE)
        return find_jdk(at_least)


def _is_found(at_least: int) -> bool:
    try:
        find_jdk(at_least)
    except NoJdk:
        return False
    return True
