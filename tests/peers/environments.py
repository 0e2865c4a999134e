"""Environments of peers that are Python programs: their packages are nothing that Daymark itself needs."""

import hashlib
import subprocess
import sys
from pathlib import Path

from tools.cache import locked


def python_with(name: str, lock: Path) -> Path:
    """Python with the packages of a lock file (names, versions, hashes), from the cache where it is there already."""
    with locked(name) as cache:
        folder = cache / f"{name}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
        python, ready = folder / "bin" / "python", folder / "ready"
        if not ready.exists():
            uv = Path(sys.executable).with_name("uv")
            subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder], check=True)
            packages = ["--require-hashes", "--requirements", str(lock)]
            subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *packages], check=True)
            ready.touch()
    return python
