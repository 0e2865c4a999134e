"""Mail servers with the faults and the security that tests/peers/smtp.py has no need of: aiosmtpd, on loopback."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tools.processes import free_port


@dataclass
class Picky:
    """Refuses recipients by name: `never@` for good, `later@` for now; keeps who got something."""

    taken: list[str] = field(default_factory=list)
    sessions: int = 0
    closing: bool = False

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.sessions += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.closing:
            return "421 4.3.2 closing"
        if address.startswith("never@"):
            return "550 5.1.1 no such user"
        if address.startswith("later@"):
            return "450 4.2.1 mailbox busy"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.taken += envelope.rcpt_tos
        return "250 2.0.0 queued as 7F3A"


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for localhost and 127.0.0.1, and its key."""
    certificate, key = folder / "server.pem", folder / "server.key"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run(
        [*command, *names, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True, timeout=60
    )
    return certificate, key


@contextmanager
def mail_server(handler: Picky, *, tls: ssl.SSLContext | None = None, starttls: bool = False) -> Iterator[int]:
    """A running server; its port. With STARTTLS it also asks for user `daymark`, password `p@ss`."""

    def check(*arguments: object) -> AuthResult:
        given = arguments[-1]
        good = isinstance(given, LoginPassword) and (given.login, given.password) == (b"daymark", b"p@ss")
        return AuthResult(success=good, handled=False)

    options: dict[str, Any] = {"ssl_context": tls} if tls and not starttls else {}
    if starttls:
        options = {"tls_context": tls, "require_starttls": True, "authenticator": check, "auth_required": True}
    controller = Controller(handler, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS with that certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context
