"""Names of accounts: behind @, behind the name of a service, and by their own shape."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from nlp.redaction.folded import Folded
from nlp.redaction.lists import any_of, read_lists, whole
from nlp.redaction.spans import Found

# Behind another script's letter an @ begins a name all the same; behind a Latin one it is "amig@s" or an address.
_AT = re.compile(
    r"(?<![a-z0-9_@\u00c0-\u024f])@(?:\w(?:[\w.\-]*\w)?(?:@[\w\-]+(?:\.[\w\-]+)+)?|\s[a-z][a-z0-9.]*_\w+|\s(?=\w{6})[a-z]+\d{2,}\w*)"
)
# As Reddit and Lemmy name accounts; a path in an address is no name in a text.
_SLASH_U = re.compile(r"(?<![\w/.:\-])/?u/(?P<name>[a-z0-9_\-]{3,32})(?![\w/])")
_URL = re.compile(r"(?:https?://|www\.)\S+")
# Words with an underscore inside are account names, but for German's "Migrant_innen", faces ("o_o") and files.
_SNAKE = re.compile(r"(?<![\w#/@.\-=&])(?=\w*[a-z]{3})(?=[\w.]{6})[a-z][a-z0-9.]{1,30}_[a-z0-9_.]{0,40}[a-z0-9_](?!\w)")
_NO_SNAKE = re.compile(r"_(?:innen\w*|in|r|n|e|er|s)$|_{3}|\.(?:jpe?g|png|gif|html?|php|pdf|docx?|py|txt|mp[34])$")
_NAME = r"(?P<name>[a-z][\w.\-]{2,40}\w)"
_MARK = r"[^\w\s\x00]"


@functools.cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    lists = read_lists()
    between = rf"(?:{whole(lists.between)}[^\S\n]?{_MARK}{{0,3}}[^\S\n]?){{0,2}}"
    gap = rf"[^\S\n]{{0,2}}(?P<sign>{_MARK}{{0,4}})[^\S\n]{{0,2}}{between}@?"
    fillers = rf"(?:{whole(lists.cue_fillers)}\s){{0,2}}"
    return (
        re.compile(whole(lists.platforms) + gap + _NAME),
        re.compile(any_of(lists.platforms_other) + r"[^\S\n]?" + gap + _NAME),
        re.compile(
            rf"(?:{whole(lists.cues)}|>>|👉|→|➡)[^\S\n]?{_MARK}{{0,3}}[^\S\n]?{fillers}(?P<name>(?=\w{{6}})[a-z]{{3,}}\d{{2,}}\w*)"
        ),
    )


def find_at_names(lower: str) -> Iterator[Found]:
    """``@name``, ``@name@server``, ``u/name``, and ``@ name`` where the name has an account's shape."""
    if "@" in lower:
        for match in _AT.finditer(lower):
            yield Found(match.start(), match.end(), "handle", None, match[0].lstrip("@ \n\t"))
    if "u/" in lower:
        for match in _SLASH_U.finditer(lower):
            yield Found(match.start("name"), match.end("name"), "handle", None, match["name"])


def find_named(copy: Folded, lower: str) -> Iterator[Found]:
    """Accounts without @: "telegram: boatcaptain", "insta 👉 name.surname", "ask captain99", "some_name"."""
    latin, other, cued = _patterns()
    found = [match for match in latin.finditer(lower) if _is_account(copy, match)]
    if not lower.isascii():
        found += [match for match in other.finditer(lower) if match["name"] not in read_lists().platforms]
    found += [match for match in cued.finditer(lower) if match["name"] not in read_lists().no_names]
    spans = [(match.start("name"), match.end("name")) for match in found]
    if "_" in lower:
        links = [match.span() for match in _URL.finditer(lower)]
        spans += [
            match.span()
            for match in _SNAKE.finditer(lower)
            if not _NO_SNAKE.search(match[0]) and not any(start <= match.start() < end for start, end in links)
        ]
    position = 0
    for start, end in sorted(spans):
        if start >= position:
            position = end
            yield Found(start, end, "handle", None, lower[start:end])


def _is_account(copy: Folded, match: re.Match[str]) -> bool:
    """Whether the word behind a service's name is an account: by its shape, or as the last word of its phrase."""
    name, end = match["name"], match.end("name")
    lists = read_lists()
    if name in lists.platforms or name in lists.between:
        return False
    if any(char.isdigit() or char == "_" for char in name):
        return name not in lists.no_names
    if ".." in name:
        return False
    if "." in name:
        # "on telegram. channel.The next sentence": a capital behind the dot began a sentence.
        return not any(char.isupper() for char in copy.text[match.start("name") + name.index(".") : end])
    ends = not re.match(r"[^\S\n]{0,2}[\w'#]", copy.lower[end : end + 3])
    return bool(ends and re.search(r"[:=>@]|[^\x00-\x7f]", match["sign"]))
