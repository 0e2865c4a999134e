"""Settings: the environment first, then daymark.yaml in the data folder, then the defaults.

A bad setting stops at start with one line that names it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from config.errors import ConfigError

PREFIX = "DAYMARK_"


def _default_key_dir() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "daymark"


class Settings(BaseModel):
    """Everything an operator can set from outside; frozen, passed in, never global."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Path = Field(default=Path("data"), description="Folder of ledger, index, project.yaml, sources.yaml.")
    key_dir: Path = Field(default_factory=_default_key_dir, description="Folder of the pseudonym key, mode 0600.")
    ledger_url: str = Field(default="", description="SQLAlchemy URL; SQLite in the data folder when empty.")
    index_url: str = Field(default="", description="sqlite:///PATH or http(s)://HOST:9200; SQLite when empty.")
    index_api_key: str | None = Field(default=None, description="Elasticsearch API key, encoded form.", repr=False)
    index_ca_file: Path | None = Field(default=None, description="CA file for an https index.")
    model: str = Field(default="package", description="package, or a folder of a trained model.")
    encoder: str = Field(default="package", description="Base encoder: package, a local folder, or a hub id.")
    user_agent_contact: str = Field(default="", description="Overrides the contact of project.yaml in the User-Agent.")
    smtp_url: str = Field(
        default="", description="smtp://[user:password@]host:port, smtp+starttls:// or smtps://", repr=False
    )
    smtp_from: str = Field(default="daymark@localhost", description="Sender of digests.")
    smtp_ca_file: Path | None = Field(default=None, description="CA file to verify the mail server with.")

    @field_validator("data", "key_dir", mode="after")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("index_url")
    @classmethod
    def _known_index(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "http://", "https://")):
            raise ValueError("must start with sqlite:///, http:// or https://")
        return value

    @field_validator("ledger_url")
    @classmethod
    def _known_ledger(cls, value: str) -> str:
        if value.startswith(("postgresql://", "postgres://")):
            value = "postgresql+psycopg://" + value.split("://", 1)[1]
        if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("must be a sqlite:/// or postgresql:// URL")
        return value

    @property
    def ledger(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.ledger_url or f"sqlite:///{self.data / 'ledger.sqlite'}"

    @property
    def index(self) -> str:
        """The index URL in force."""
        return self.index_url or f"sqlite:///{self.data / 'index.sqlite'}"


def load_settings(environment: dict[str, str] | None = None) -> Settings:
    """Reads the settings. Raises ConfigError naming the setting that is wrong and where it was read."""
    env = dict(os.environ) if environment is None else environment
    names = Settings.model_fields.keys()
    given = {name: env[PREFIX + name.upper()] for name in names if env.get(PREFIX + name.upper())}
    data = Path(given.get("data", "data")).expanduser()
    from_file = _read_file(data / "daymark.yaml")
    try:
        return Settings.model_validate({**from_file, **given})
    except ValidationError as exc:
        first = exc.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "?"
        place = PREFIX + name.upper() if name in given else f"{data / 'daymark.yaml'}: {name}"
        raise ConfigError(f"{place} is wrong: {first['msg'].removeprefix('Value error, ')}") from exc


def _read_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{path} is not readable YAML: {exc}") from exc
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigError(f"{path} must hold `name: value` lines")
    return {str(key): value for key, value in content.items()}
