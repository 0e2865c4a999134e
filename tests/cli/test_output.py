"""What people are shown: plain in a pipe, a table on a terminal, and nothing that steers either."""

from __future__ import annotations

import pytest

from cli.output import print_table, print_text
from records import displayable

EVIL = "T\x1b[31mitle \x1b]0;PWNED\x07 \u202eesrever\u2066 \ud800 a" + "\u0301" * 40
STEERING = ("\x1b", "\x07", "\u202e", "\u2066", "\ud800", "\u0301" * 4)


def test_nothing_steers_the_reader() -> None:
    shown = displayable(EVIL)
    assert not [sign for sign in STEERING if sign in shown]
    assert "PWNED" in shown
    assert displayable("one\ntwo\tthree", lines=True) == "one\ntwo three"
    assert displayable("one\ntwo") == "one two"
    # Persian and emoji families need their joiners.
    assert displayable("می\u200cروم 👨\u200d👩") == "می\u200cروم 👨\u200d👩"


def test_words_of_posts_are_tamed_wherever_they_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    print_text(EVIL)
    print_table(EVIL, (EVIL,), [(EVIL,)])
    shown = capsys.readouterr().out
    assert not [sign for sign in STEERING if sign in shown]


def test_a_table_in_a_pipe_is_lines_of_whole_cells(capsys: pytest.CaptureFixture[str]) -> None:
    columns = [f"source-number-{number}" for number in range(24)]
    print_table("24 sources", columns, [[12345] * 24, ["a\tb\nc", None, *[1.5] * 22]], numbers=24)
    title, head, first, second = capsys.readouterr().out.splitlines()
    assert title == "24 sources"
    assert head.split("\t") == columns
    assert first.split("\t") == ["12345"] * 24
    assert second.split("\t")[:3] == ["a b c", "", "1.5"]
