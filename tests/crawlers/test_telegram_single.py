"""The pages of single messages: hints and rechecks; the answers are given, see stand_in.py."""

from __future__ import annotations

import pytest

from crawlers.errors import RateLimited, Unreachable
from crawlers.task import RecheckOf
from tests.crawlers.stand_in import Say
from tests.crawlers.telegram_channel import NOT_FOUND, error, message, single
from tests.crawlers.telegram_given import PHOTO, START, Given, html, identity, poll
from tests.crawlers.test_telegram_messages import UNSUPPORTED


def test_what_is_no_longer_listed_is_asked_for_once_and_a_gap_is_no_deletion() -> None:
    first = poll(Given(*range(1, 11), 15))
    second = poll(Given(*range(1, 8), 9, 10, 15), first)
    assert second.rechecked == {identity(8): "deleted"}
    assert [url for url in second.asked if "embed" in url] == [
        "https://t.me/samplechannel/8?embed=1",
        "https://t.me/samplechannel/1?embed=1",
    ]
    third = poll(Given(*range(1, 8), 9, 10, 15), second)
    assert (third.rechecked, [url for url in third.asked if "embed" in url]) == ({}, [])


def test_an_unlisted_message_that_is_still_there_stays() -> None:
    first = poll(Given(*range(1, 11)))
    there = Given(*range(1, 11))
    hidden = Given(*range(1, 8), 9, 10, single=lambda url: there._single(url))
    second = poll(hidden, first)
    assert (second.rechecked, len(second.posts)) == ({}, 10)


@pytest.mark.parametrize(
    "fault", [Unreachable("no answer"), RateLimited("t.me", START), html("", 503), html(error("Please wait"))]
)
def test_a_hint_that_cannot_be_followed_fails_no_poll(fault: Say) -> None:
    first = poll(Given(*range(1, 11)))
    second = poll(Given(*range(1, 8), 9, 10, single=fault), first)
    assert (second.outcome, second.rechecked) == ("ok", {})
    assert second.window[1] is not None


ASKED = (RecheckOf(post_id=identity(150), lookup="samplechannel/150"),)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (html(single(message(150, "Message 150"))), "present"),
        (html(single(message(150, "Other words"))), "present"),
        (html(single(message(150, None, after=PHOTO))), "deleted"),
        (html(single(message(150, None, after=UNSUPPORTED))), "present"),
        (html(single(message(150, None))), "unknown"),
        (html(single(message(151, "Another message"))), "unknown"),
        (html(single(message(150, "Words", channel="elsewhere"))), "unknown"),
        (html(error(NOT_FOUND)), "deleted"),
        (html("", 404), "deleted"),
        (html("", 410), "deleted"),
        (html(error("Channel with username @samplechannel not found")), "gone_platform"),
        (html(error("Please open Telegram to view this post")), "unknown"),
        (html("<html></html>"), "unknown"),
        (html("", 403), "unknown"),
        (html("", 500), "unknown"),
        (Unreachable("no answer"), "unknown"),
    ],
)
def test_what_the_page_of_a_single_message_means(answer: Say, outcome: str) -> None:
    given = Given(*range(1, 21))
    normal = given._single
    given.over = {"single": lambda url: answer if "/150?" in url else normal(url)}
    run = poll(given, rechecks=ASKED)
    assert run.rechecked == {identity(150): outcome}


def test_words_taken_back_from_a_picture_are_removed_when_the_list_shows_it() -> None:
    given = Given(*range(1, 21))
    given.messages[8] = message(8, None, after=PHOTO)
    first = poll(given)
    assert (first.removed, first.tally.not_landed) == ([], {"media_only": 1}), "it never had any"
    given.messages[7] = message(7, None, after=PHOTO)
    second = poll(given, first)
    assert (second.removed, second.tally.not_landed) == ([identity(7)], {"media_only": 2})
    assert poll(given, second).removed == [], "once"


def test_a_channel_that_shows_no_words_at_all_has_taken_none_back() -> None:
    """Its pages may be built otherwise by now: of a hundred pictures none has lost its words."""
    given = Given(*range(1, 21))
    first = poll(given)
    given.messages = {number: message(number, None, after=PHOTO) for number in given.messages}
    second = poll(given, first, rechecks=ASKED)
    assert (second.removed, second.rechecked) == ([], {identity(150): "unknown"})


def test_a_lookup_that_shows_no_words_at_all_takes_none_back() -> None:
    given = Given(*range(1, 21))
    given.over = {"single": lambda url: html(single(message(int(url.split("/")[-1].split("?")[0]), None, after=PHOTO)))}
    run = poll(given, rechecks=ASKED)
    assert (run.rechecked, run.tally.counts["removal_doubted"]) == ({identity(150): "unknown"}, 1)


def test_an_edit_found_by_recheck_lands() -> None:
    given = Given(*range(1, 21), single=html(single(message(150, "Other words", edited=True))))
    run = poll(given, rechecks=ASKED)
    assert [post.text for post in run.posts if post.native_id == "samplechannel/150"] == ["Other words"]


def test_a_single_page_that_refuses_search_engines_gives_no_words_and_no_deletion() -> None:
    page = single(message(150, "Other words")).replace("<head>", "<head><meta name='robots' content='noindex'>")
    run = poll(Given(*range(1, 21), single=html(page)), rechecks=ASKED)
    assert (run.rechecked, len(run.posts)) == ({identity(150): "present"}, 20)


def test_not_found_is_not_believed_where_nothing_is_found() -> None:
    run = poll(Given(*range(1, 21), single=html(error(NOT_FOUND))), rechecks=ASKED)
    assert (run.rechecked, run.tally.counts["removal_doubted"]) == ({identity(150): "unknown"}, 1)


@pytest.mark.parametrize(
    "lookup", ["", "x", "samplechannel", "samplechannel/../1", "https://t.me/samplechannel/5", "samplechannel/5?a=1"]
)
def test_a_lookup_of_another_shape_asks_nothing(lookup: str) -> None:
    run = poll(Given(*range(1, 21)), rechecks=(RecheckOf(post_id="a" * 32, lookup=lookup),))
    assert (run.rechecked, [url for url in run.asked if "embed" in url]) == ({"a" * 32: "unknown"}, [])
