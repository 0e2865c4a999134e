"""The project file: who collects, why, on which legal basis, for how long. Nothing is collected without it (rule 6)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

from config.stated import says_something
from config.yaml_file import read_yaml

FILE = "project.yaml"


class Retention(BaseModel):
    """Days after which content goes. Each number's reason stands beside it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    off_topic_strip_days: int = Field(
        default=7, ge=0, description="Text of off-topic posts: enough to check the model."
    )
    unassessed_strip_days: int = Field(
        # A file that keeps what is off topic for longer was written before these days had a name of their own.
        default_factory=lambda given: max(90, given.get("off_topic_strip_days", 0)),
        ge=0,
        description="Text of posts that no model could assess: long enough for one that reads them.",
    )
    removed_strip_days: int = Field(default=1, ge=0, description="Text of posts deleted at the source: within a day.")
    capture_body_hours: int = Field(
        default=72, ge=1, description="Full responses: long enough to find a parser's fault."
    )
    poll_days: int | None = Field(
        default=None,
        ge=14,
        description="Single polls; empty: for ever. What they covered stays in any case. A thousand sources make 35 million "
        "a year, some 9 GB; under two weeks nobody could look into a fault after a holiday.",
    )
    offer_days: int = Field(default=365, ge=1, description="Originals of offers where evidence has a basis.")


class Project(BaseModel):
    """What the operator answers for before the law."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    controller: str = Field(min_length=1, description="Organisation that answers for the data.")
    purpose: str = Field(min_length=1, description="What the data is collected for.")
    legal_basis: str = Field(
        min_length=1, description="E.g. 'GDPR 6(1)(e) public task; 9(2)(j) statistics; DPIA 2026-03'."
    )
    contact: str = Field(min_length=3, description="E-mail or web address that stands in the User-Agent.")
    dpia: str | None = Field(default=None, description="Reference of the impact assessment.")
    ends: date | None = Field(default=None, description="Last day of collection.")
    evidence_basis: str | None = Field(
        default=None, description="Legal basis for keeping offers that vanished at the source; none means not kept."
    )
    telegram_basis: str | None = Field(
        default=None,
        description="Why and on which basis Telegram's preview may be read in spite of its terms; none means it is not.",
    )
    retention: Retention = Retention()

    @field_validator("controller", "purpose", "legal_basis", "contact")
    @classmethod
    def _said(cls, value: str) -> str:
        if not says_something(value):
            raise ValueError("must say something")
        return value.strip()

    @property
    def reads_telegram(self) -> bool:
        """Whether a basis is stated for it."""
        return says_something(self.telegram_basis or "")


def load_project(data: Path) -> Project:
    """Reads project.yaml. Raises ConfigError when missing or incomplete."""
    path = data / FILE
    return read_yaml(
        path, Project, f"{path} is missing: run `daymark init` and say who collects, why and on which basis"
    )


def write_project(data: Path, project: Project) -> Path:
    """Writes project.yaml with its comments; returns its path."""
    path = data / FILE
    body = yaml.safe_dump(project.model_dump(mode="json"), allow_unicode=True, sort_keys=False)
    path.write_text(
        "# Who collects, why, on which legal basis. Nothing is collected without this file.\n" + body,
        "utf-8",
    )
    return path
