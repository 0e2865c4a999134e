"""The version that stands in the User-Agent and in every capture."""

from __future__ import annotations

from importlib import metadata


def daymark_version() -> str:
    """The installed version; ``0`` in a checkout that was not installed."""
    try:
        return metadata.version("daymark")
    except metadata.PackageNotFoundError:
        return "0"
