"""Schema migrations by Alembic; `upgrade` brings a database to the newest revision."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Engine

HERE = Path(__file__).parent


def alembic_config() -> Config:
    """Alembic's configuration without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    return config


def upgrade(engine: Engine) -> None:
    """Runs all missing migrations. Raises what the database raises; a failed migration leaves the schema as it was."""
    config = alembic_config()
    config.attributes["engine"] = engine
    command.upgrade(config, "head")
