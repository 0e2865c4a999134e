"""Plain text of Markdown as people write it in forums, and the hashtags in a text."""

from __future__ import annotations

import re

from crawlers.texts import MAX_HTML, one_line, plain_text

_IMAGE = re.compile(r"!\[([^\[\]\n]{0,2000})\]\([^()\s]{0,2000}(?:[ \t]+\"[^\"\n]{0,500}\")?\)")
_LINK = re.compile(r"\[([^\[\]\n]{1,2000})\]\(<?([^()\s<>]{1,2000})>?(?:[ \t]+\"[^\"\n]{0,500}\")?\)")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]{1,2000})>")
_LINE_MARKS = re.compile(
    r"^[ \t]{0,3}(?:#{1,6}[ \t]+|(?:>[ \t]?)+|:::.{0,200}$|(?:[-*_][ \t]?){3,}$|```\w{0,20}$)", re.MULTILINE
)
_EMPHASIS = re.compile(r"\*\*|(?<!\w)__(?=\S)|(?<=\S)__(?!\w)|~~|`|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!~>|-])")
_ADDRESS = re.compile(r"https?://[^\s()<>]{0,2000}[^\s()<>*_~`]")
_KEPT = "\ua7ff"
"""A letter of ancient inscriptions; it stands around the number of what is put back in the end."""
_NUMBERED = re.compile(rf"{_KEPT}([0-9]+){_KEPT}")
_HASHTAG = re.compile(r"(?<![\w&/#])#([^\W_][\w]{1,99})")


def plain_markdown(markup: str) -> tuple[str, list[str]]:
    """Plain text, and the alternative texts of its pictures; a link keeps its address, which may be the contact."""
    markup = markup[:MAX_HTML].replace(_KEPT, "")
    kept: list[str] = []

    def keep(word: str) -> str:
        kept.append(word)
        return f"{_KEPT}{len(kept) - 1}{_KEPT}"

    alts = [one_line(found) for found in _IMAGE.findall(markup)]
    # What was written as itself (a name like some\\_name_1, an address) is put aside: its signs are no emphasis.
    text = _ESCAPE.sub(lambda found: keep(found[1]), _IMAGE.sub("", markup))
    text = _LINK.sub(lambda link: link[1] if link[2] in link[1] else f"{link[1]} ({keep(link[2])})", text)
    text = _ADDRESS.sub(lambda found: keep(found[0]), _AUTOLINK.sub(lambda found: keep(found[1]), text))
    text = plain_text(_EMPHASIS.sub("", _LINE_MARKS.sub("", text)))
    # Twice, since an address may hold signs that were put aside before it.
    for _ in range(2):
        text = _NUMBERED.sub(lambda found: kept[int(found[1])], text)
    return text, list(dict.fromkeys(alt for alt in alts if alt))


def hashtags_in(text: str) -> tuple[str, ...]:
    """Hashtags in the order written, without the #; a number alone is none."""
    return tuple(dict.fromkeys(tag for tag in _HASHTAG.findall(text) if not tag.isdigit()))
