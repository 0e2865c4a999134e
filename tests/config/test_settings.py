"""Settings: the environment first, then daymark.yaml in the data folder; a bad one stops with one line that names it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from config import ConfigError, Settings, load_settings


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def load(data: Path, yaml: str | None = None, **environment: str) -> Settings:
    """Settings of a data folder with a daymark.yaml and further variables."""
    if yaml is not None:
        (data / "daymark.yaml").write_text(yaml, "utf-8")
    return load_settings({"DAYMARK_DATA": str(data), **environment})


def complaint(data: Path, yaml: str | None = None, **environment: str) -> str:
    """The one line that bad settings give."""
    with pytest.raises(ConfigError) as caught:
        load(data, yaml, **environment)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_without_any_setting_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    settings = load_settings({})
    assert settings.data == tmp_path / "data"
    assert settings.key_dir == tmp_path / "configuration" / "daymark"
    assert settings.ledger == f"sqlite:///{tmp_path}/data/ledger.sqlite"
    assert settings.index == f"sqlite:///{tmp_path}/data/index.sqlite"
    assert settings.model == "package"


def test_defaults_are_absolute_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that changes its folder must go on with the same ledger."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    for settings in (Settings(), load_settings({})):
        assert settings.data.is_absolute()
        assert settings.key_dir.is_absolute()
    assert Settings(index_ca_file=Path("ca.pem")).index_ca_file == tmp_path / "ca.pem"


def test_the_environment_is_the_process_s_own_unless_given(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAYMARK_DATA", str(data))
    monkeypatch.setenv("DAYMARK_MODEL", "/from/the/process")
    assert load_settings().model == "/from/the/process"
    assert load_settings({}).model == "package"
    assert Settings().model == "package", "made directly, nothing outside is read"


def test_the_environment_comes_before_the_file(data: Path) -> None:
    yaml = "model: /from/file\nencoder: /from/file\nsmtp_from: a@example.org\n"
    settings = load(data, yaml, DAYMARK_MODEL="/from/environment", DAYMARK_ENCODER="")
    assert (settings.model, settings.encoder, settings.smtp_from) == (
        "/from/environment",
        "/from/file",
        "a@example.org",
    )


@pytest.mark.parametrize("yaml", ["", "# only a comment\n", "---\n"])
def test_an_empty_file_sets_nothing(data: Path, yaml: str) -> None:
    assert load(data, yaml) == load(data)


def test_a_home_folder_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "daymark.yaml").write_text("model: here")
    settings = load_settings({"DAYMARK_DATA": "~/mine"})
    assert (settings.data, settings.model) == (tmp_path / "mine", "here")


def test_postgresql_in_every_spelling(data: Path) -> None:
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        assert load(data, DAYMARK_LEDGER_URL=f"{scheme}://u@h/d").ledger == "postgresql+psycopg://u@h/d"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DAYMARK_LEDGER_URL", "mysql://h/d", "must be a sqlite:/// or postgresql:// URL"),
        ("DAYMARK_LEDGER_URL", "sqlite://", "must be"),
        ("DAYMARK_LEDGER_URL", "sqlite:///", "must name a file"),
        ("DAYMARK_LEDGER_URL", "sqlite:///:memory:", "must name a file"),
        ("DAYMARK_INDEX_URL", "elastic:9200", "must start with"),
        ("DAYMARK_INDEX_URL", "sqlite:///", "must name a file"),
        ("DAYMARK_DATA", "/tmp/what?", "question mark"),
    ],
)
def test_a_bad_variable_is_named(data: Path, name: str, value: str, words: str) -> None:
    said = complaint(data, **{name: value})
    assert said.startswith(f"{name} is wrong: ")
    assert words in said


@pytest.mark.parametrize(
    ("yaml", "line", "words"),
    [
        ("# mine\n\nindex_url: elastic:9200\n", 3, "index_url is wrong: must start with"),
        ("model: x\nledger: sqlite:///x\n", 2, "ledger is wrong: Extra inputs"),
        ("model: [1, 2]\n", 1, "model is wrong: Input should be a valid string"),
        ("model: x\nencoder: y\nmodel: z\n", 3, "model stands twice"),
        ("smtp_from: a@b\ndata: /elsewhere\n", 2, "data is wrong: the folder is named by DAYMARK_DATA only"),
    ],
)
def test_a_bad_line_is_named(data: Path, yaml: str, line: int, words: str) -> None:
    said = complaint(data, yaml)
    assert said.startswith(f"{data}/daymark.yaml, line {line}: ")
    assert words in said


@pytest.mark.parametrize(
    "content", [b"- a\n- b\n", b"just text", b"a: [1\n", b"\xff\xfe\x00", b"a: &x {b: *x}", b"a: 2026-02-30"]
)
def test_a_file_that_is_not_understood_is_refused(data: Path, content: bytes) -> None:
    (data / "daymark.yaml").write_bytes(content)
    assert str(data / "daymark.yaml") in complaint(data)


def test_the_key_lies_outside_the_data(data: Path) -> None:
    for folder in (data, data / "key"):
        assert complaint(data, DAYMARK_KEY_DIR=str(folder)).startswith(
            "DAYMARK_KEY_DIR is wrong: the key must lie outside"
        )
    with pytest.raises(ValidationError):
        Settings(data=data, key_dir=data / "key")


def test_secrets_are_not_shown(data: Path) -> None:
    settings = load(
        data,
        DAYMARK_LEDGER_URL="postgresql://u:s3cret@h/d",
        DAYMARK_INDEX_URL="https://u:s3cret@h:9200",
        DAYMARK_INDEX_API_KEY="s3cret",
        DAYMARK_SMTP_URL="smtp://u:s3cret@h",
    )
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in complaint(data, DAYMARK_LEDGER_URL="mysql://u:s3cret@h/d")
    with pytest.raises(ValidationError) as caught:
        Settings(ledger_url="mysql://u:s3cret@h/d")
    assert "s3cret" not in str(caught.value)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        Settings().model = "another"


@pytest.mark.parametrize("sender", ["daymark@example.org", "Daymark <daymark@example.org>"])
def test_a_sender_may_have_a_name(data: Path, sender: str) -> None:
    assert load(data, DAYMARK_SMTP_FROM=sender).smtp_from == sender


@pytest.mark.parametrize("sender", ["Daymark", "Daymark <daymark>", "a@example.org\nBcc: b@example.org", "a@b@c"])
def test_a_sender_without_an_address_stops_at_start(data: Path, sender: str) -> None:
    assert "DAYMARK_SMTP_FROM is wrong" in complaint(data, DAYMARK_SMTP_FROM=sender)
