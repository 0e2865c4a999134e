"""Settings: the environment first, then daymark.yaml in the data folder, then the defaults.

A bad setting stops at start with one line that names it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)

from config.addresses import parse_sender
from config.errors import ConfigError
from config.yaml_file import Places, first_message, read_mapping

PREFIX = "DAYMARK_"
FILE = "daymark.yaml"


def _default_key_dir() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "daymark"


class Settings(BaseSettings):
    """Everything an operator can set from outside; frozen, passed in, never global.

    Made directly it holds what it is given and the defaults; only `load_settings` looks outside.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        validate_default=True,
        hide_input_in_errors=True,  # an address may carry a password
    )

    data: Path = Field(default=Path("data"), description="Folder of ledger, index, project.yaml, sources.yaml.")
    key_dir: Path = Field(default_factory=_default_key_dir, description="Folder of the pseudonym key, mode 0600.")
    ledger_url: str = Field(default="", description="SQLAlchemy URL; SQLite in the data folder when empty.", repr=False)
    index_url: str = Field(
        default="", description="sqlite:///PATH or http(s)://HOST:9200; SQLite when empty.", repr=False
    )
    index_api_key: str | None = Field(default=None, description="Elasticsearch API key, encoded form.", repr=False)
    index_ca_file: Path | None = Field(default=None, description="CA file for an https index.")
    model: str = Field(default="package", description="package, or a folder of a trained model.")
    encoder: str = Field(default="package", description="Base encoder: package, a local folder, or a hub id.")
    polls: int = Field(
        default=8, ge=1, le=200, description="Sources read at a time; each takes a process and 100 MB at most."
    )
    user_agent_contact: str = Field(default="", description="Overrides the contact of project.yaml in the User-Agent.")
    smtp_url: str = Field(
        default="", description="smtp://[user:password@]host:port, smtp+starttls:// or smtps://", repr=False
    )
    smtp_from: str = Field(default="daymark@localhost", description="Sender of digests.")
    smtp_ca_file: Path | None = Field(default=None, description="CA file to verify the mail server with.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is passed in: `load_settings` reads the sources itself and so can name the one that is wrong."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @field_validator("data", "key_dir", "index_ca_file", "smtp_ca_file")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value is not None else None

    @field_validator("data")
    @classmethod
    def _fits_in_a_url(cls, value: Path) -> Path:
        if "?" in str(value):
            raise ValueError("a folder with a question mark in its name cannot hold the ledger")
        return value

    @field_validator("smtp_from")
    @classmethod
    def _an_address(cls, value: str) -> str:
        parse_sender(value)
        return value

    @field_validator("index_url")
    @classmethod
    def _known_index(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "http://", "https://")):
            raise ValueError("must start with sqlite:///, http:// or https://")
        return _on_disk(value)

    @field_validator("ledger_url")
    @classmethod
    def _known_ledger(cls, value: str) -> str:
        if value.startswith(("postgresql://", "postgres://")):
            value = "postgresql+psycopg://" + value.split("://", 1)[1]
        if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("must be a sqlite:/// or postgresql:// URL")
        return _on_disk(value)

    @model_validator(mode="after")
    def _key_apart_from_data(self) -> Settings:
        if self.key_dir.is_relative_to(self.data):
            raise ValueError(
                f"{PREFIX}KEY_DIR is wrong: the key must lie outside the data folder, else whoever has the pseudonyms has "
                "the key to them"
            )
        return self

    @property
    def ledger(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.ledger_url or f"sqlite:///{self.data / 'ledger.sqlite'}"

    @property
    def index(self) -> str:
        """The index URL in force."""
        return self.index_url or f"sqlite:///{self.data / 'index.sqlite'}"


def _on_disk(url: str) -> str:
    if url in {"sqlite:///", "sqlite:///:memory:"}:
        raise ValueError("must name a file: what is in memory only is lost at the end")
    return url


class _Environment(EnvSettingsSource):
    """The variables of the process, or others in their place."""

    def __init__(self, environment: dict[str, str] | None) -> None:
        self._given = environment
        super().__init__(Settings)

    def _load_env_vars(self) -> dict[str, str | None]:
        given = os.environ if self._given is None else self._given
        return {name.lower(): value for name, value in given.items() if value and name.isupper()}


class _DataFile(YamlConfigSettingsSource):
    """daymark.yaml, read strictly; ``places`` says where its lines stand."""

    places: Places

    def _read_file(self, file_path: Any) -> dict[str, Any]:
        content, self.places = read_mapping(Path(file_path))
        return content


def load_settings(environment: dict[str, str] | None = None) -> Settings:
    """Reads the settings. Raises ConfigError naming the setting that is wrong and where it was read."""
    given = _Environment(environment)()
    path = Path(given.get("data", "data")).expanduser() / FILE
    file = _DataFile(Settings, path)
    from_file = file()
    if "data" in from_file:
        raise ConfigError(f"{file.places.where(['data'])}: data is wrong: the folder is named by {PREFIX}DATA only")
    try:
        return Settings(**{**from_file, **given})
    except ValidationError as exc:
        loc = exc.errors()[0]["loc"]
        if not loc:
            raise ConfigError(first_message(exc)) from exc
        name = str(loc[0])
        place = PREFIX + name.upper() if name in given else f"{file.places.where(loc)}: {name}"
        raise ConfigError(f"{place} is wrong: {first_message(exc)}") from exc
