"""The world is built once, at a fixed time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from demo.site import World, build_world

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def world() -> World:
    return build_world(NOW)
