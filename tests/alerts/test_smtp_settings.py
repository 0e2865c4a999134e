"""The mail server's address: what is wrong is said at start, and never with the password."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerts import check_channels
from alerts.channels.smtp import parse_server
from config import ConfigError, Settings
from tests.alerts.conftest import subscribe


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("", "is not set"),
        ("mail.example.org", "write smtp://"),
        ("http://mail.example.org", "write smtp://"),
        ("smtp://mail.example.org:many", "cannot be read"),
        ("smtp://me:s3cret@mail.example.org", "in clear"),
        ("smtps://", "write smtp://"),
    ],
)
def test_a_wrong_setting_is_named_without_its_password(tmp_path: Path, url: str, what: str) -> None:
    with pytest.raises(ConfigError, match=what) as caught:
        check_channels([subscribe()], Settings(data=tmp_path, smtp_url=url))
    assert "DAYMARK_SMTP_URL" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_ports_follow_the_scheme() -> None:
    assert [parse_server(f"{scheme}://h").port for scheme in ("smtp", "smtp+starttls", "smtps")] == [25, 587, 465]
    assert parse_server("smtps://me:a%2Fb@h:1").password == "a/b"
