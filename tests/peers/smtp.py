"""SMTP: aiosmtpd on a loopback port; keeps what it is sent and can refuse or hang up on request."""

from asyncio import Transport
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import Enum
from typing import cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tools.processes import free_port


class Reply(Enum):
    """What the server does once the whole message has come."""

    ACCEPT = "250 Message accepted for delivery"
    LATER = "451 Requested action aborted: try again later"
    NEVER = "554 Transaction failed"
    HANG_UP = ""  # closes the connection without a reply: the sender cannot know whether the message arrived


@dataclass(frozen=True)
class Received:
    """A message as it came, with its envelope."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    reply: Reply

    @property
    def text(self) -> str:
        """The part in plain words."""
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content())


@dataclass
class Mailbox:
    """A running server. `received` holds every whole message, `messages` those that were accepted."""

    host: str
    port: int
    received: list[Received] = field(default_factory=list)
    replies: "deque[Reply]" = field(default_factory=deque)

    @property
    def messages(self) -> list[Received]:
        """The messages that the server took, oldest first."""
        return [one for one in self.received if one.reply is Reply.ACCEPT]

    def answer(self, *replies: Reply) -> None:
        """Treat the next messages in this way, one reply a message; all after them are accepted."""
        self.replies.extend(replies)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Called by aiosmtpd when a message is whole."""
        reply = self.replies.popleft() if self.replies else Reply.ACCEPT
        message = message_from_bytes(cast(bytes, envelope.content), policy=policy.default)
        self.received.append(Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), message, reply))
        if reply is Reply.HANG_UP:
            cast(Transport, server.transport).abort()
        return reply.value


@contextmanager
def smtp() -> Iterator[Mailbox]:
    """A running server of our own."""
    mailbox = Mailbox("127.0.0.1", free_port())
    controller = Controller(mailbox, hostname=mailbox.host, port=mailbox.port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


@pytest.fixture
def smtp_server() -> Iterator[Mailbox]:
    """A server of the test's own (it starts within milliseconds)."""
    with smtp() as mailbox:
        yield mailbox
