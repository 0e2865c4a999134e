"""Joining what belongs together: names linked by pairs, twins or a common comment."""

from __future__ import annotations

from collections.abc import Iterable


def join(links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Name -> the smallest name it is linked with, directly or through others (union-find)."""
    parent: dict[str, str] = {}

    def find(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for left, right in links:
        low, high = sorted((find(left), find(right)))
        parent[high] = low
    return {name: find(name) for name in parent}
