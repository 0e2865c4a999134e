"""Where a link ends among digits: "site.example/p/12345 07700 900123" is an id and a number, "…/call/07700 900123" one number.

1. a number that says so itself (a plus, 00, the 0 of a likely region) and goes on behind the link is one; yet where a
   whole number stands behind the link, the link has to ask for a call or the number to begin with its country code
2. digits that the link calls a number, or that begin as one for abroad, go on behind it, unless they are whole or a valid
   number stands behind
3. a country code alone at the link's end begins the number behind it
4. else the link's digits and those behind it are apart
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nlp.redaction.amounts import is_priced, skip_plain
from nlp.redaction.extent import BARE_DIGITS, sure_end, valid_end
from nlp.redaction.runs import Run, make_run

_COUNTRY_CODE = 3
"""Digits that the longest has."""
_WHOLE = 12
"""Digits of a number that lacks none, valid or not: more than any in its own country has, its 0 included."""


def cut_at_link(run: Run) -> Iterator[Run]:
    """The run; where it begins in a link and ends behind it, what belongs to the link and what is read as any text."""
    behind = next((at for at, group in enumerate(run.groups) if group.start >= run.link_end), len(run.groups))
    if behind in {0, len(run.groups)}:
        yield run
        return
    at = _begin(run, behind)
    if at > 0:
        yield make_run(run.text, (run.groups[0].start, run.groups[at - 1].end), run.regions, run.link_end)
    # What the link asks to call is read so behind it, too.
    link_end = run.link_end if at == 0 and run.called else 0
    rest = make_run(run.text, (run.groups[at].start, run.groups[-1].end), run.regions, link_end)
    # What was told to be a number by what stands behind the link is no id, be it "?id=" before it.
    yield replace(rest, glued=False)


def _begin(run: Run, behind: int) -> int:
    """The group with which the number behind a link begins."""
    part = max(at for at in range(behind) if at == 0 or "/" in run.groups[at].gap)
    abroad = [at for at in range(part, behind) if run.is_international(at)]
    rest = make_run(run.text, (run.groups[behind].start, run.groups[-1].end), run.regions, 0)
    for at in dict.fromkeys((part, *abroad, behind - 1)):
        if _goes_on(run, at, behind, rest):
            return at
    if not _is_whole(run, part, behind) and not _is_number(rest):
        if run.called:
            return 0
        if abroad or run.groups[part].digits.startswith("00"):
            return max(abroad, default=part)
    return behind - 1 if _is_country_code(run, behind, rest) else behind


def _goes_on(run: Run, at: int, behind: int, rest: Run) -> bool:
    if skip_plain(run, at) > at:
        return False
    if run.called and valid_end(run, at, len(run.groups)) > behind:
        return True
    if sure_end(run, at) <= behind:
        return False
    if run.called or run.is_international(at) or run.groups[at].digits.startswith("00"):
        return True
    return not _is_long(rest, sure_end(rest, 0)) and not _is_other(rest)


def _is_whole(run: Run, at: int, behind: int) -> bool:
    """Whether the link's digits are a number without those behind it."""
    link = make_run(run.text, (run.groups[at].start, run.groups[behind - 1].end), run.regions, run.link_end)
    ends = (sure_end(link, 0), valid_end(link, 0, len(link.groups)))
    return len(run.digits(at, behind)) >= _WHOLE or len(link.groups) in ends


def _is_number(rest: Run) -> bool:
    return _is_long(rest, sure_end(rest, 0)) or _is_long(rest, valid_end(rest, 0, len(rest.groups)))


def _is_long(run: Run, end: int) -> bool:
    """Whether a valid number that ends there is no half of one: the other half can look like a short number."""
    return len(run.digits(0, end)) >= BARE_DIGITS


def _is_country_code(run: Run, behind: int, rest: Run) -> bool:
    code = run.groups[behind - 1]
    told = code.digits.startswith("00") or (run.text[code.start - 1] in "/+" and code.digits[0] != "0")
    alone = not run.text[code.end : run.link_end].strip("-.") and len(code.digits.removeprefix("00")) <= _COUNTRY_CODE
    return told and alone and rest.groups[0].digits[0] != "0" and not rest.opening(0) and not _is_other(rest)


def _is_other(rest: Run) -> bool:
    """Whether what stands behind the link is a date or a price."""
    return skip_plain(rest, 0) > 0 or is_priced(rest, 0, 1)
