"""Makes the programs that tests and tools need available: those on this machine first, then Debian's."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from glob import glob
from pathlib import Path
from typing import NoReturn

from tools.cache import locked

APT_LIMIT_S = 900
APT_LOCK_S = 300
POLICY = Path("/usr/sbin/policy-rc.d")  # Debian's switch: exit status 101 forbids packages to start their services


class PackageMissing(RuntimeError):
    """A program is not there and cannot be installed; the message is the command that mends it."""


def need(command: str, *packages: str, also: str = "") -> Path:
    """The path of a program from PATH or the folders `also` (a pattern); installed where it is missing.

    Raises PackageMissing where nothing can be installed.
    """
    need_that(lambda: find(command, also) is not None, command, *packages)
    found = find(command, also)
    assert found is not None, command
    return found


def need_that(is_there: Callable[[], bool], what: str, *packages: str) -> None:
    """Install the packages unless `is_there()`; safe to call from several processes at once. Raises PackageMissing."""
    if is_there():
        return
    with locked("packages"):
        if not is_there():
            install(what, *packages)
    if not is_there():
        refuse(what, packages, "they are installed, and yet it is missing")


def find(command: str, also: str = "") -> Path | None:
    """Where a program lies: on PATH, where Debian puts servers, or in the folders `also`, last name first."""
    more = sorted(glob(also), reverse=True) if also else []
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin", *more])
    found = shutil.which(command, path=path)
    return Path(found) if found else None


def install(what: str, *packages: str) -> None:
    """Install Debian packages without starting any service. Raises PackageMissing where that is not possible."""
    update_lists(what, *packages)
    with no_services():
        run_apt(["install", "--yes", "--no-install-recommends", *packages], what, packages)


def update_lists(what: str, *packages: str) -> None:
    """Have apt learn what there is. Raises PackageMissing where that is not possible."""
    run_apt(["update"], what, packages)


def run_apt(arguments: Sequence[str], what: str, packages: Sequence[str]) -> None:
    """Run apt-get as root, waiting for others that hold its lock. Raises PackageMissing when it fails."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        refuse(what, packages, "we may not install packages here")
    command = [apt, "-q", "-o", f"DPkg::Lock::Timeout={APT_LOCK_S}", *arguments]
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=APT_LIMIT_S)
    if done.returncode != 0:
        refuse(what, packages, f"apt-get {arguments[0]} failed:\n{(done.stdout + done.stderr)[-2000:]}")


@contextmanager
def no_services() -> Iterator[None]:
    """While it lasts, packages may not start services; a policy that is already there stays."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)


def refuse(what: str, packages: Sequence[str], why: str) -> NoReturn:
    """Raise PackageMissing with the command that mends it."""
    raise PackageMissing(f"{what} is missing and {why}. Type:\n\n{how_to_install(*packages)}")


def how_to_install(*packages: str) -> str:
    """What to type, and what to do instead."""
    return (
        f"    sudo apt-get update && sudo apt-get install --no-install-recommends {' '.join(packages)}\n\n"
        "or leave the real servers out: make test-fast"
    )
