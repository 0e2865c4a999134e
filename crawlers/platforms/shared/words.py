"""Hashtags in the words of a post, for platforms that do not list them."""

from __future__ import annotations

import re

_HASHTAG = re.compile(r"(?<![\w#&/])#(\w{1,100})")
_NUMBER = re.compile(r"\d+")


def hashtags_in(text: str) -> tuple[str, ...]:
    """Without the #, each once, in order; a number alone is none."""
    return tuple(dict.fromkeys(tag for tag in _HASHTAG.findall(text) if not _NUMBER.fullmatch(tag)))
