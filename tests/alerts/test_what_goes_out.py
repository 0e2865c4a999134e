"""What goes out of what is due: nothing that was erased since, nothing to who left, and all but one where one has a fault."""

from __future__ import annotations

import json

import pytest

from alerts import DeliveryReport, deliver, prepare
from config import Subscriptions
from ledger import erase_post, schema
from tests.alerts.conftest import NOW, PHONE, World, subscribe
from tests.alerts.sending import mailing, make_due, send
from tests.peers.smtp import Mailbox


def test_what_is_erased_while_it_waits_leaves_the_outbox_and_the_rest_goes_out(
    world: World, smtp_server: Mailbox
) -> None:
    gone = world.add("Unmistakable words " + PHONE)
    make_due(world)
    assert gone in json.dumps(world.rows()[0]["message"])
    erase_post(world.ledger, gone, "asked for")
    assert gone not in json.dumps(world.rows()[0]["message"])
    assert send(world, mailing(world, smtp_server), NOW) == DeliveryReport(sent=1)
    body = smtp_server.messages[0].message.as_string()
    assert "Unmistakable" not in body
    assert gone not in body
    assert "Boat tonight" in body


def test_one_deliverys_fault_stops_no_other(world: World) -> None:
    """A folder in a home that this machine does not know, and a defect of ours: the third still arrives."""
    world.add("Boat tonight " + PHONE)
    entries = [
        subscribe(id="home", channel="file", recipients=["gone"]).model_copy(update={"recipients": ("~nosuchuser/x",)}),
        subscribe(id="odd", channel="file", recipients=["odd"]),
        subscribe(id="good", channel="file", recipients=["good"]),
    ]
    assert prepare(world.ledger, world.index, entries, NOW).deliveries == 3
    break_row(world, "odd")
    # Valid where the file was read; the user has gone from this machine since.
    register = Subscriptions.model_construct(subscriptions=tuple(entries))
    report = deliver(world.ledger, world.worker, world.settings, register, NOW)
    assert report == DeliveryReport(sent=1, retried=2)
    assert any("determine home directory" in reason for reason in report.reasons)
    assert any("a defect of Daymark" in reason for reason in report.reasons)
    assert list((world.settings.data / "good").iterdir())


def break_row(world: World, subscription: str) -> None:
    """A digest that is read and cannot be shown: a time zone that no longer exists."""
    table = schema.outbox
    (row,) = [row for row in world.rows() if row["subscription"] == subscription]
    message = {"digest": row["message"]["digest"] | {"zone": "Europe/Nowhere"}}
    with world.ledger.write() as conn:
        conn.execute(table.update().where(table.c.key == row["key"]).values(message=message))


@pytest.mark.parametrize("change", ["gone", "off", "recipient", "channel"])
def test_who_is_no_longer_subscribed_gets_nothing(world: World, smtp_server: Mailbox, change: str) -> None:
    make_due(world)
    entries = {
        "gone": [],
        "off": [subscribe(enabled=False)],
        "recipient": [subscribe(recipients=["desk@example.org"])],
        "channel": [subscribe(channel="file", recipients=["unit@example.org"])],
    }[change]
    register = Subscriptions(subscriptions=tuple(entries))
    settings = mailing(world, smtp_server)
    assert deliver(world.ledger, world.worker, settings, register, NOW) == DeliveryReport(dead=1)
    assert smtp_server.received == []
    assert world.rows()[0]["receipt"] == "no longer subscribed"


def test_only_the_subscription_that_was_asked_for_goes_out(world: World) -> None:
    world.add()
    entries = [subscribe(id=name, channel="file", recipients=[name]) for name in ("a", "b")]
    prepare(world.ledger, world.index, entries, NOW)
    register = Subscriptions(subscriptions=tuple(entries))
    report = deliver(world.ledger, world.worker, world.settings, register, NOW, only={"a"})
    assert report == DeliveryReport(sent=1)
    assert {row["subscription"]: row["state"] for row in world.rows()} == {"a": "sent", "b": "due"}
