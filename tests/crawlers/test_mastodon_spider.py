"""What becomes of a timeline's statuses, poll by poll: the time a poll covers, and the consent of who wrote."""

from __future__ import annotations

from datetime import timedelta

from records import make_post_id
from tests.crawlers.mastodon_given import BASE, NOW, Server, poll, source, status


def test_one_status_with_an_old_date_does_not_cover_the_years_behind_it() -> None:
    for odd in (1, 2, 3):
        ages = {number: timedelta(minutes=60 - number) for number in (1, 2, 3)} | {odd: timedelta(days=4000)}
        run = poll(Server(*(status(number, age) for number, age in ages.items())))
        begin, _ = run.window
        assert begin is not None
        assert begin > NOW - timedelta(hours=2)


def test_a_capped_run_claims_no_time_that_is_still_to_come() -> None:
    small = source(limits={"pages": 2})
    hour = timedelta(hours=1)
    first = poll(Server(status(1, 3 * hour), status(2, 2 * hour)), small, started=NOW - hour)
    many = {number: status(number, timedelta(0)) for number in range(1, 200)}
    for ahead in (21, 81, 82):
        server = Server(*{**many, ahead: status(ahead, timedelta(hours=-20))}.values())
        run = poll(server, small, before=first)
        assert (run.tally.counts["limit_pages"], run.window) == (1, (NOW - hour, NOW)), (
            "what it reached, not what one says"
        )


def test_the_ids_of_another_server_count_for_nothing() -> None:
    first = poll(Server(status(200), status(201)))
    cursor = {**first.spider.cursor, "server": "old.example"}
    run = poll(Server(status(1), status(2)), cursor=cursor)
    assert (len(run.posts), run.removed) == (2, [])


def test_a_landed_status_whose_author_no_longer_wants_it_is_removed() -> None:
    first = poll(Server(status(1), status(2), status(3)))
    noindex = {"acct": "ana", "noindex": True}
    changed = Server(status(1, account=noindex), status(2, visibility="unlisted"), status(3))
    second = poll(changed, before=first)
    assert set(second.removed) == {make_post_id("fediverse", f"{BASE}/s/{number}") for number in (1, 2)}
    assert second.tally.not_landed == {"noindex": 1, "not_public": 1}
    assert poll(changed, before=second).removed == [], "once"
