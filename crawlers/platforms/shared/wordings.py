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
_EMPHASIS = re.compile(r"\*\*|__|~~|`|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!~>|-])")
_HASHTAG = re.compile(r"(?<![\w&/#])#([^\W_][\w]{1,99})")


def plain_markdown(markup: str) -> tuple[str, list[str]]:
    """Plain text, and the alternative texts of its pictures; a link keeps its address, which may be the contact."""
    markup = markup[:MAX_HTML]
    alts = [one_line(found) for found in _IMAGE.findall(markup)]
    text = _IMAGE.sub("", markup)
    text = _LINK.sub(lambda link: link[1] if link[2] in link[1] else f"{link[1]} ({link[2]})", text)
    text = _AUTOLINK.sub(r"\1", text)
    text = _ESCAPE.sub(r"\1", _EMPHASIS.sub("", _LINE_MARKS.sub("", text)))
    return plain_text(text), list(dict.fromkeys(alt for alt in alts if alt))


def hashtags_in(text: str) -> tuple[str, ...]:
    """Hashtags in the order written, without the #; a number alone is none."""
    return tuple(dict.fromkeys(tag for tag in _HASHTAG.findall(text) if not tag.isdigit()))
