"""What tools.packages makes available, for fixtures: where it cannot, the whole test run ends with what to type."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tools import packages
from tools.jdk import NoJdk


@contextmanager
def or_stop() -> Iterator[None]:
    """Ends the test run, once and not at every test, where a program is missing and cannot be installed."""
    try:
        yield
    except (packages.PackageMissing, NoJdk) as exc:
        pytest.exit(str(exc), returncode=1)


def need(command: str, *names: str, also: str = "") -> Path:
    """The path of a program, as `tools.packages.need`."""
    with or_stop():
        return packages.need(command, *names, also=also)


def need_that(is_there: Callable[[], bool], what: str, *names: str) -> None:
    """Installs the packages unless `is_there()`, as `tools.packages.need_that`."""
    with or_stop():
        packages.need_that(is_there, what, *names)


def update_lists(what: str, *names: str) -> None:
    """Has apt learn what there is."""
    with or_stop():
        packages.update_lists(what, *names)


def stop_run(what: str, names: tuple[str, ...], why: str) -> None:
    """Ends the test run with the command that mends it."""
    with or_stop():
        packages.refuse(what, names, why)
