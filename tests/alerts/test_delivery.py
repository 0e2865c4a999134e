"""Digests on their way, against real servers: delivered, refused, cut off, killed in the middle."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from alerts import DeliveryReport, prepare
from ledger import outbox_counts
from tests.alerts.conftest import NOW, PHONE, World, subscribe
from tests.alerts.sending import mailing, make_due, send
from tests.alerts.servers import Picky, mail_server, make_certificate, server_context
from tests.peers.smtp import Mailbox, Reply

ROOT = Path(__file__).parents[2]


def ids(server: Mailbox) -> list[str]:
    return [str(one.message["Message-ID"]) for one in server.messages]


def test_a_digest_arrives_once(world: World, smtp_server: Mailbox) -> None:
    make_due(world, "unit@example.org", "desk@example.org")
    settings = mailing(world, smtp_server)
    assert send(world, settings, NOW) == DeliveryReport(sent=2)
    assert send(world, settings, NOW + timedelta(days=1)) == DeliveryReport()
    assert prepare(world.ledger, world.index, [subscribe()], NOW).deliveries == 0
    assert len(set(ids(smtp_server))) == 2
    for received in smtp_server.messages:
        message = received.message
        assert received.recipients == (message["To"],)
        assert message["Subject"].startswith("New offers, eastern route: 1 new offer")
        assert message["Message-ID"].endswith("@monitor.example>")
        assert message["Auto-Submitted"] == "auto-generated"
        bodies = [part.get_content() for part in message.iter_parts()]
        assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
        assert all("Boat tonight [phone" in body for body in bodies)
        assert not any("532" in body for body in bodies)
    assert [row["receipt"] for row in world.rows()] == ["250 Message accepted for delivery"] * 2
    assert [row["message"] for row in world.rows()] == [{}, {}]


def test_not_now_is_tried_again_and_then_accepted(world: World, smtp_server: Mailbox) -> None:
    make_due(world)
    settings = mailing(world, smtp_server)
    smtp_server.answer(Reply.LATER)
    assert send(world, settings, NOW) == DeliveryReport(retried=1)
    assert send(world, settings, NOW + timedelta(seconds=59)) == DeliveryReport()
    assert send(world, settings, NOW + timedelta(seconds=60)) == DeliveryReport(sent=1)
    assert len(smtp_server.messages) == 1
    assert len({str(one.message["Message-ID"]) for one in smtp_server.received}) == 1


def test_a_connection_dropped_after_data_is_tried_again_under_the_same_id(world: World, smtp_server: Mailbox) -> None:
    make_due(world)
    settings = mailing(world, smtp_server)
    smtp_server.answer(Reply.HANG_UP)
    assert send(world, settings, NOW) == DeliveryReport(retried=1)
    assert "perhaps it was taken" in world.rows()[0]["receipt"]
    assert send(world, settings, NOW + timedelta(minutes=1)) == DeliveryReport(sent=1)
    assert len(smtp_server.received) == 2
    assert len({str(one.message["Message-ID"]) for one in smtp_server.received}) == 1


def test_never_is_final_for_this_recipient_only(world: World) -> None:
    handler = Picky()
    make_due(world, "never@example.org", "unit@example.org", "later@example.org")
    with mail_server(handler) as port:
        settings = mailing(world, f"smtp://127.0.0.1:{port}")
        assert send(world, settings, NOW) == DeliveryReport(sent=1, dead=1, retried=1)
    assert handler.taken == ["unit@example.org"]
    rows = {row["recipient"]: row for row in world.rows()}
    assert (rows["never@example.org"]["state"], rows["later@example.org"]["state"]) == ("dead", "due")
    assert outbox_counts(world.ledger).failures == (("east", "never@example.org", "550 5.1.1 no such user"),)


def test_a_server_that_refuses_the_message_for_good_is_final(world: World, smtp_server: Mailbox) -> None:
    make_due(world)
    smtp_server.answer(Reply.NEVER)
    assert send(world, mailing(world, smtp_server), NOW) == DeliveryReport(dead=1)


def test_a_server_that_closes_is_left_alone_for_this_round(world: World) -> None:
    handler = Picky(closing=True)
    make_due(world, *(f"unit{number}@example.org" for number in range(5)))
    with mail_server(handler) as port:
        report = send(world, mailing(world, f"smtp://127.0.0.1:{port}"), NOW)
    assert report == DeliveryReport(retried=5)
    assert handler.sessions == 1


@pytest.mark.parametrize("url", ["", "smtp://127.0.0.1:1", "smtps://nowhere.invalid"])
def test_without_a_server_the_digest_waits(world: World, url: str) -> None:
    make_due(world)
    assert send(world, mailing(world, url), NOW) == DeliveryReport(retried=1)
    assert world.rows()[0]["receipt"]
    assert world.rows()[0]["message"]["digest"]


def test_tls_is_verified_and_never_given_up(world: World, tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    handler = Picky()
    make_due(world)
    now = NOW
    with mail_server(handler, tls=server_context(certificate, key)) as port:
        settings = mailing(world, f"smtps://localhost:{port}")
        assert send(world, settings, now) == DeliveryReport(retried=1)
        assert "certificate is not trusted" in world.rows()[0]["receipt"]
        trusted = settings.model_copy(update={"smtp_ca_file": certificate})
        now += timedelta(minutes=2)
        assert send(world, trusted, now) == DeliveryReport(sent=1)
    make_due_again = subscribe(id="second", recipients=["never-tls@example.org"])
    prepare(world.ledger, world.index, [make_due_again], NOW)
    with mail_server(handler) as port:
        settings = mailing(world, f"smtp+starttls://localhost:{port}")
        assert send(world, settings, now) == DeliveryReport(retried=1)
    assert handler.taken == ["unit@example.org"]


def test_starttls_with_log_in(world: World, tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    handler = Picky()
    make_due(world)
    with mail_server(handler, tls=server_context(certificate, key), starttls=True) as port:
        wrong = mailing(world, f"smtp+starttls://daymark:s3cret@localhost:{port}")
        wrong = wrong.model_copy(update={"smtp_ca_file": certificate})
        assert send(world, wrong, NOW) == DeliveryReport(retried=1)
        assert world.rows()[0]["receipt"].startswith("535")
        assert "s3cret" not in json.dumps(world.rows(), default=str) + repr(wrong)
        right = wrong.model_copy(update={"smtp_url": f"smtp+starttls://daymark:p%40ss@localhost:{port}"})
        assert send(world, right, NOW + timedelta(minutes=1)) == DeliveryReport(sent=1)
    assert world.rows()[0]["receipt"] == "250 2.0.0 queued as 7F3A"


@pytest.mark.parametrize(("place", "copies"), [("claimed", 1), ("half", 1), ("accepted", 2)])
def test_killed_in_the_middle_each_message_is_recorded_once(
    world: World, smtp_server: Mailbox, place: str, copies: int
) -> None:
    make_due(world, "a@example.org", "b@example.org")
    settings = mailing(world, smtp_server)
    given = json.dumps({name: str(value) for name, value in settings.model_dump().items() if value not in (None, "")})
    command = [sys.executable, "-m", "tests.alerts.crashing", place, given, NOW.isoformat()]
    died = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=120, text=True)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert [row["state"] for row in world.rows()] == ["due", "due"]
    assert sum(row["worker"] is not None for row in world.rows()) == 1

    assert send(world, settings, NOW) == DeliveryReport(sent=2)
    assert [row["state"] for row in world.rows()] == ["sent", "sent"]
    assert len(set(ids(smtp_server))) == 2
    assert len(ids(smtp_server)) == 1 + copies
    assert send(world, settings, NOW + timedelta(days=2)) == DeliveryReport()


def test_files_are_whole_and_written_once(world: World) -> None:
    world.add("Boat tonight " + PHONE)
    subscription = subscribe(channel="file", recipients=["digests", str(world.settings.data / "other")])
    assert prepare(world.ledger, world.index, [subscription], NOW).deliveries == 2
    assert send(world, world.settings, NOW) == DeliveryReport(sent=2)
    for folder in ("digests", "other"):
        found = sorted(path.name for path in (world.settings.data / folder).iterdir())
        assert found == ["east-2026-03-10T060000Z.html", "east-2026-03-10T060000Z.txt"]
        page = (world.settings.data / folder / found[0]).read_text("utf-8")
        assert "Boat tonight [phone" in page
        assert page.rstrip().endswith("</html>")
    assert world.rows()[0]["receipt"].endswith("east-2026-03-10T060000Z.html")


def test_a_folder_that_cannot_be_written_is_tried_again(world: World) -> None:
    world.add()
    (world.settings.data / "taken").write_text("a file")
    prepare(world.ledger, world.index, [subscribe(channel="file", recipients=["taken"])], NOW)
    assert send(world, world.settings, NOW) == DeliveryReport(retried=1)
    (world.settings.data / "taken").unlink()
    assert send(world, world.settings, NOW + timedelta(minutes=1)) == DeliveryReport(sent=1)


def test_a_server_away_for_days_loses_nothing(world: World, smtp_server: Mailbox) -> None:
    make_due(world)
    now, refused = NOW, mailing(world, "smtp://127.0.0.1:1")
    for _ in range(50):
        assert send(world, refused, now) == DeliveryReport(retried=1)
        now = world.rows()[0]["next_try"]
    assert now > NOW + timedelta(days=1)
    assert send(world, mailing(world, smtp_server), now) == DeliveryReport(sent=1)


def test_a_sender_with_a_name_makes_a_good_message_id(world: World, smtp_server: Mailbox) -> None:
    make_due(world)
    settings = mailing(world, smtp_server).model_copy(update={"smtp_from": "Daymark <daymark@monitor.example>"})
    assert send(world, settings, NOW) == DeliveryReport(sent=1)
    (received,) = smtp_server.received
    assert str(received.message["Message-ID"]).endswith("@monitor.example>")
    assert str(received.message["Message-ID"]).count(">") == 1
    assert str(received.message["From"]) == "Daymark <daymark@monitor.example>"
    assert received.sender == "daymark@monitor.example"
