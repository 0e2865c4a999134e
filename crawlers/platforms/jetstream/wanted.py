"""Which posts of the stream are kept: those of the accounts, in the languages, with one of the words or hashtags named.

Letters are compared without regard to case, accents and vowel signs, since adverts are typed in haste: `goc` finds `Göç`.
A word stands alone; `kaçak*` also begins longer ones, and `*tekne` ends them. A phrase is its words with blanks between.
"""

from __future__ import annotations

import re
import unicodedata

from config import Source
from crawlers.platforms.shared.words import hashtags_in
from records import Post

_STRETCH = "\u0640"
_DOTLESS = str.maketrans({"ı": "i", _STRETCH: None})


def plain(text: str) -> str:
    """The text as it is compared: compatible forms united, case folded, accents, vowel signs and stretches dropped."""
    split = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(char for char in split if unicodedata.category(char) != "Mn")
    return unicodedata.normalize("NFKC", bare).translate(_DOTLESS)


class Wanted:
    """The filter of one source."""

    def __init__(self, source: Source) -> None:
        self._accounts = frozenset(source.accounts)
        self._languages = frozenset(code.partition("-")[0].lower() for code in source.languages)
        self._hashtags = frozenset(plain(tag.lstrip("#")) for tag in source.hashtags)
        self._words = re.compile("|".join(map(_pattern, source.words))) if source.words else None

    def why_not_author(self, did: str) -> str | None:
        """The reason for which an account's posts are not kept, or None: a server need not know the filter it is given."""
        return "other_account" if self._accounts and did not in self._accounts else None

    def why_not(self, post: Post, languages: tuple[str, ...]) -> str | None:
        """The reason for which a post is not kept, or None. ``languages``: those it states; one that states none may be any."""
        stated = {code.partition("-")[0].lower() for code in languages if code}
        if self._languages and stated and not stated & self._languages:
            return "other_language"
        if self._words is None and not self._hashtags:
            return None
        tags = {plain(tag) for tag in (*post.hashtags, *hashtags_in(post.text))}
        if tags & self._hashtags:
            return None
        text = plain(f"{post.text}\n{post.media_text}\n{' '.join(post.hashtags)}")
        return None if self._words is not None and self._words.search(text) else "no_wanted_word"


def _pattern(word: str) -> str:
    parts = [re.escape(part) for part in plain(word.strip().strip("*")).split()]
    begin = "" if word.startswith("*") else r"(?<!\w)"
    end = "" if word.endswith("*") else r"(?!\w)"
    return begin + r"\s+".join(parts) + end
