"""Digests by mail.

1. connect, TLS as the URL says, log in       fails -> DOWN: nobody can be reached just now, or our own settings are wrong
2. MAIL FROM                                  refused -> DOWN: the server does not like the sender, whoever the recipient
3. RCPT TO, DATA, end of data                 4xx -> RETRY; 5xx -> DEAD, for this recipient only
4. the connection breaks or stays silent      -> RETRY: after the end of data nobody knows whether it was taken
5. QUIT                                       its failure changes nothing: the message was taken

One message a recipient: no reader sees who else reads. TLS is verified and never given up for plain text.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from enum import Enum
from pathlib import Path
from urllib.parse import unquote, urlsplit

from alerts.channels.base import Delivery, Letter, Outcome
from config import ConfigError, parse_sender

TIMEOUT = 30.0
"""Seconds for connecting and for each answer; servers that check content take up to ten for the end of data."""
QUIT_TIMEOUT = 2.0
"""Seconds for the farewell: until the delivery is recorded, a crash would make it go out again."""
_SETTING = "DAYMARK_SMTP_URL"


class Security(Enum):
    """How the connection is protected, as the URL says; with the usual port."""

    PLAIN = ("smtp", 25)
    STARTTLS = ("smtp+starttls", 587)
    TLS = ("smtps", 465)


@dataclass(frozen=True)
class Server:
    """Where mail is handed in."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def parse_server(url: str) -> Server:
    """``smtp://[user:password@]host[:port]``, ``smtp+starttls://`` or ``smtps://``. Raises ConfigError without the URL."""
    if not url:
        raise ConfigError(f"{_SETTING} is not set: a subscription by mail needs smtp+starttls://user:password@host:587")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise ConfigError(f"{_SETTING} is wrong: its host or port cannot be read") from exc
    security = next((item for item in Security if item.value[0] == parts.scheme), None)
    if security is None or not parts.hostname:
        raise ConfigError(f"{_SETTING} is wrong: write smtp://, smtp+starttls:// or smtps:// and a host")
    user = unquote(parts.username) if parts.username else None
    if user and security is Security.PLAIN and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ConfigError(f"{_SETTING} would send the password in clear: use smtp+starttls:// or smtps://")
    return Server(parts.hostname, port or security.value[1], security, user, unquote(parts.password or "") or None)


class _Refused(Exception):
    """The server said no; ``reason`` is in its words."""

    def __init__(self, code: int, reply: bytes, stage: str) -> None:
        self.code = code
        self.reason = f"{stage}: {_line(code, reply)}"
        super().__init__(self.reason)


class SmtpChannel:
    """Hands messages to one mail server."""

    def __init__(self, url: str, sender: str, ca_file: Path | None = None) -> None:
        self._server = parse_server(url)
        self._sender = sender
        self._address = parse_sender(sender)
        self._ca_file = ca_file

    def deliver(self, letter: Letter, now: datetime) -> Delivery:
        """Hands over one message; see the steps above."""
        try:
            message = make_message(letter, self._sender, now)
        except (ValueError, UnicodeError) as exc:
            return Delivery(Outcome.RETRY, f"the message cannot be written: {type(exc).__name__}")
        try:
            with self._connected() as smtp:
                return self._hand_over(smtp, letter.recipient, message)
        except _Refused as exc:
            return Delivery(Outcome.DOWN, exc.reason)
        except smtplib.SMTPResponseException as exc:
            error = exc.smtp_error if isinstance(exc.smtp_error, bytes) else str(exc.smtp_error).encode()
            return Delivery(Outcome.DOWN, _line(exc.smtp_code, error))
        except (smtplib.SMTPException, OSError, ValueError) as exc:
            return Delivery(Outcome.DOWN, f"{self._server.host}:{self._server.port}: {_fault(exc)}")

    @contextlib.contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        server = self._server
        # The host's own name as Python finds it can take a slow look-up, and need not be told to the world.
        name = self._address.rpartition("@")[2]
        smtp: smtplib.SMTP
        if server.security is Security.TLS:
            context = self._context()
            smtp = smtplib.SMTP_SSL(server.host, server.port, name, timeout=TIMEOUT, context=context)
        else:
            smtp = smtplib.SMTP(server.host, server.port, name, timeout=TIMEOUT)
        try:
            smtp.ehlo_or_helo_if_needed()
            if server.security is Security.STARTTLS:
                smtp.starttls(context=self._context())
                smtp.ehlo_or_helo_if_needed()
            if server.user:
                smtp.login(server.user, server.password or "")
            yield smtp
        finally:
            _farewell(smtp)

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self._ca_file) if self._ca_file else None)

    def _hand_over(self, smtp: smtplib.SMTP, recipient: str, message: bytes) -> Delivery:
        code, reply = smtp.mail(self._address)
        if code != 250:
            raise _Refused(code, reply, "sender refused")
        try:
            code, reply = smtp.rcpt(recipient)
            if code not in (250, 251):
                return _refusal(code, reply)
            code, reply = smtp.data(message)
        except smtplib.SMTPDataError as exc:
            # The command DATA itself was refused, before anything of the message was sent.
            error = exc.smtp_error if isinstance(exc.smtp_error, bytes) else str(exc.smtp_error).encode()
            return _refusal(exc.smtp_code, error)
        except (smtplib.SMTPException, OSError) as exc:
            return Delivery(Outcome.RETRY, f"no answer to the message, perhaps it was taken: {_fault(exc)}")
        return Delivery(Outcome.SENT, _line(code, reply)) if code == 250 else _refusal(code, reply)


def _farewell(smtp: smtplib.SMTP) -> None:
    with contextlib.suppress(smtplib.SMTPException, OSError):
        if smtp.sock is not None:
            smtp.sock.settimeout(QUIT_TIMEOUT)
            smtp.quit()
    smtp.close()


def _refusal(code: int, reply: bytes) -> Delivery:
    # 421 closes the channel for everyone; the other 4xx speak of this recipient or message.
    outcome = Outcome.DOWN if code == 421 else Outcome.DEAD if code >= 500 else Outcome.RETRY
    return Delivery(outcome, _line(code, reply))


def _line(code: int, reply: bytes) -> str:
    return " ".join(f"{code} {reply.decode('utf-8', 'replace')}".split())[:300]


def _fault(exc: Exception) -> str:
    if isinstance(exc, ssl.SSLCertVerificationError):
        return (
            f"the certificate is not trusted ({exc.verify_message}): set DAYMARK_SMTP_CA_FILE for a server of your own"
        )
    if isinstance(exc, socket.gaierror):
        return "the host's name is not known"
    if isinstance(exc, TimeoutError):
        return f"no answer within {TIMEOUT:.0f} s"
    return " ".join(f"{type(exc).__name__} {exc}".split())[:200]


def make_message_id(key: str, sender: str) -> str:
    """The Message-ID of a delivery: the same key and sender always give the same, whenever it is sent."""
    return f"<{key[:40]}@{parse_sender(sender).rpartition('@')[2]}>"


def make_message(letter: Letter, sender: str, now: datetime) -> bytes:
    """The message as it goes over the wire: text and HTML, seven-bit, so that every server takes it."""
    message = EmailMessage(policy=policy.SMTP.clone(cte_type="7bit"))
    message["From"] = sender
    message["To"] = letter.recipient
    message["Subject"] = letter.content.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_message_id(letter.key, sender)
    # RFC 3834: out-of-office programs do not answer.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.content.text)
    message.add_alternative(letter.content.html, subtype="html")
    return message.as_bytes()
