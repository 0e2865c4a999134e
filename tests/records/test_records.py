"""The words all rooms speak: they refuse what is not understood and keep what they were given."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from records import (
    MAX_TEXT,
    TOKEN,
    Capture,
    OfferFields,
    Post,
    Price,
    Redaction,
    Review,
    TextField,
    is_post_id,
    make_post_id,
    make_reference,
    make_token,
    parse_reference,
    repair_text,
    working_copy,
)

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
ANY_TEXT = st.text(st.characters(codec=None))  # with lone surrogates


def make_post(**changes: Any) -> Post:
    values = {"platform": "web", "native_id": "https://x/1", "source": "x", "text": "text", "collected_at": NOON}
    return Post.model_validate({**values, **changes})


# repair_text


@pytest.mark.parametrize(
    ("given_text", "kept", "repairs"),
    [
        ("plain ünïcödé 🙂", "plain ünïcödé 🙂", []),
        ("a\x00b", "a\ufffdb", ["nul"]),
        ("half \ud83d", "half \ufffd", ["surrogate"]),
        ("\udc00 half", "\ufffd half", ["surrogate"]),
        ("\ud83d\ude42", "🙂", ["surrogate"]),
        ("x" * (MAX_TEXT + 1), "x" * MAX_TEXT, ["cut"]),
        ("\x00\ud800" * MAX_TEXT, "\ufffd" * MAX_TEXT, ["nul", "surrogate", "cut"]),
        ("", "", []),
    ],
    ids=["plain", "nul", "high half", "low half", "pair in halves", "long", "all", "empty"],
)
def test_repair_text_names_what_it_did(given_text: str, kept: str, repairs: list[str]) -> None:
    assert repair_text(given_text) == (kept, repairs)


@given(ANY_TEXT)
def test_repaired_text_can_be_stored_and_needs_no_second_repair(text: str) -> None:
    fixed, repairs = repair_text(text)
    fixed.encode("utf-8")
    assert "\x00" not in fixed
    assert repair_text(fixed) == (fixed, [])
    assert bool(repairs) == (fixed != text)


# Post


def test_a_post_is_repaired_and_says_so() -> None:
    post = make_post(text="a\x00", title="b\ud800", author="c\x00", hashtags=["#\x00"], url="https://x/\ud800")
    assert (post.text, post.title, post.author, post.hashtags) == ("a\ufffd", "b\ufffd", "c\ufffd", ("#\ufffd",))
    assert set(post.repairs) == {"nul", "surrogate"}
    assert make_post(**post.model_dump()) == post


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_no_text_of_a_post_is_unstorable(text: str, author: str, lang: str) -> None:
    make_post(text=text, author=author, lang_hint=lang, title=text, media_text=author).model_dump_json().encode()


@pytest.mark.parametrize(
    "changes",
    [
        {"platform": ""},
        {"native_id": ""},
        {"collected_at": "2026-11-10T12:00:00"},
        {"published_at": datetime(2026, 1, 1)},
        {"surprise": 1},
        {"author_kind": "robot"},
        {"engagement": {"likes": "many"}},
        {"engagement": {"likes": 10**20}},
        {"platform": "Twitter"},
        {"platform": "two words"},
        {"hashtags": "migration"},
        {"text": None},
        {"published_at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5)))},
        {"published_at": datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-5)))},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_post_refuses_what_is_not_understood(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        make_post(**changes)


@pytest.mark.parametrize("number", [float("inf"), float("nan")])
def test_no_number_that_json_cannot_write_gets_into_a_record(number: float) -> None:
    """One document with an infinite price made every answer about the market fail."""
    with pytest.raises(ValidationError):
        Price(amount=number, currency="EUR")
    with pytest.raises(ValidationError):
        OfferFields(price_eur=number)


def test_times_are_held_in_utc() -> None:
    post = make_post(published_at="2026-11-10T14:00:00+02:00")
    assert post.published_at == NOON
    assert post.published_at is not None
    assert post.published_at.tzinfo is UTC


def test_records_do_not_change() -> None:
    with pytest.raises(ValidationError):
        make_post().text = "another"


def test_a_file_with_a_name_that_is_no_text_can_be_imported() -> None:
    name = b"posts-\xff.csv".decode("utf-8", "surrogateescape")
    capture = Capture(
        capture_id="0" * 32, url=name, fetched_at=NOON, status=0, sha256="", body=b"", spider="import", version="0"
    )
    capture.url.encode()


def test_a_review_names_the_revision_that_was_read() -> None:
    values = {"post_id": "0" * 32, "reviewer": "r1", "at": NOON, "guideline": "1", "verdict": "confirm"}
    good = Review.model_validate({**values, "revision": 1, "on_topic": True, "labels": ()})
    assert good.revision == 1
    with pytest.raises(ValidationError):
        Review.model_validate({**values, "revision": 0, "on_topic": True, "labels": ()})


# Identity


def test_identity_is_platform_and_native_id_and_nothing_else() -> None:
    assert make_post().post_id == make_post(text="other", source="other", url="https://y").post_id
    assert make_post().post_id == "24657cdc70ab82317be5d72fe018d97a"
    assert is_post_id(make_post().post_id)


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_two_identities_are_two_ids(platform: str, native: str, platform2: str, native2: str) -> None:
    if "" in (platform, native, platform2, native2):
        with pytest.raises(ValueError, match="needs"):
            make_post_id(platform and platform2, native and native2)
        return
    same = (platform, native) == (platform2, native2)
    assert (make_post_id(platform, native) == make_post_id(platform2, native2)) == same
    assert is_post_id(make_post_id(platform, native))


def test_the_boundary_between_platform_and_id_counts() -> None:
    assert make_post_id("ab", "c") != make_post_id("a", "bc")
    assert make_post_id("1:a", "b") != make_post_id("1", "a:b")


def test_a_reference_is_read_back() -> None:
    post_id = make_post().post_id
    assert make_reference(post_id) == f"daymark:{post_id}"
    assert parse_reference(make_reference(post_id)) == parse_reference(post_id) == post_id


@pytest.mark.parametrize(
    "text", ["", "daymark:", "daymark:daymark:" + "0" * 32, "0" * 31, "0" * 33, "G" * 32, "A" * 32]
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a post id"):
        parse_reference(text)


# Working copy

HASH = "0123456789abcdef"


def span(start: int, end: int, field: TextField = TextField.TEXT, **changes: Any) -> Redaction:
    values = {"field": field, "start": start, "end": end, "type": "phone", "hash": HASH}
    return Redaction.model_validate({**values, **changes})


def test_contacts_become_typed_tokens() -> None:
    text = "call +90 532 or ann@x or @ann"
    found = [
        span(25, 29, type="handle"),
        span(5, 12, region="TR"),
        span(16, 21, type="email", hash=f"ephemeral:{HASH}"),
    ]
    copy = working_copy(text, found)
    assert copy == f"call [phone TR {HASH}] or [email ephemeral:{HASH}] or [handle {HASH}]"
    assert [match.groups() for match in TOKEN.finditer(copy)] == [
        ("phone", "TR", HASH),
        ("email", None, f"ephemeral:{HASH}"),
        ("handle", None, HASH),
    ]
    assert all(TOKEN.fullmatch(make_token(item)) for item in found)


def test_offsets_count_code_points_of_their_own_field() -> None:
    assert working_copy("🙂🙂123", [span(2, 5)]) == f"🙂🙂[phone {HASH}]"
    assert working_copy("title", [span(0, 5)], TextField.TITLE) == "title"
    assert working_copy("title", [span(0, 5, TextField.TITLE)], TextField.TITLE) == f"[phone {HASH}]"
    assert working_copy("", []) == ""


@pytest.mark.parametrize("spans", [[(0, 6)], [(5, 6)], [(2, 2)], [(3, 2)], [(0, 3), (2, 4)], [(0, 2), (0, 2)]], ids=str)
def test_a_half_redacted_text_does_not_get_out(spans: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        working_copy("12345", [span(*pair) for pair in spans])


@given(st.text("ab ", max_size=30), st.data())
def test_nothing_of_a_span_is_left_and_all_else_stays(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    pairs = [(start, end) for start, end in zip(cuts[::2], cuts[1::2], strict=False)]
    copy = working_copy(text, [span(*pair) for pair in pairs])
    starts, ends = [*(start for start, _ in pairs), len(text)], [0, *(end for _, end in pairs)]
    kept = [text[end:start] for end, start in zip(ends, starts, strict=True)]
    assert re.split(re.escape(f"[phone {HASH}]"), copy) == kept


@pytest.mark.parametrize("wrong", [{"hashtags": 5}, {"repairs": 3}, {"hashtags": "abc"}, {"hashtags": {"a": 1}}])
def test_a_field_of_another_shape_is_an_error_of_validation(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Post.model_validate(
            {
                "platform": "web",
                "native_id": "https://a.example/1",
                "source": "s",
                "text": "t",
                "collected_at": datetime(2026, 1, 1, tzinfo=UTC),
                **wrong,
            }
        )
