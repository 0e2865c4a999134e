"""Where downloads are kept between runs, and the lock that keeps two processes from making it twice."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def cache_dir() -> Path:
    """The folder for downloads, outside the checkout; made when it is missing.

    DAYMARK_CACHE_DIR names it; without that it is `daymark` under XDG_CACHE_HOME or ~/.cache.
    """
    named = os.environ.get("DAYMARK_CACHE_DIR")
    folder = Path(named) if named else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "daymark"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


@contextmanager
def locked(name: str) -> Iterator[Path]:
    """Hold the lock `name` among all processes that share the cache; yields the cache folder.

    The lock belongs to the open file, so it is free again when its holder dies.
    """
    folder = cache_dir()
    with (folder / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield folder
