"""Place mentions in a folded text, with the direction that the words around them give.

Names of one word are looked up; those of several go through spaCy's PhraseMatcher. Inflection is stripped first, and one
placeholder stands for every word that is in no name, so that spaCy's string store does not grow with the posts read.
The vocabulary is a bare one: the lexical attributes of a language pipeline would cost two seconds at loading, unused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from nlp.offers.affixes import Mark, strip_affixes, suffix_mark
from nlp.offers.gazetteer import Entry, Gazetteer, Kind
from nlp.offers.phrases import DOCUMENT_WORDS
from nlp.offers.text import fold, word_set

_OTHER = "_"
_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
_FLAG = re.compile(r"flag([a-z]{2})")
_ARTICLES = word_set(
    "the la le les el los las l die der das den dem up big al il lo todo toda tout toute حدود border frontera grenze "
    "frontiere sinir sinirindan"
)
_MARKS: dict[Mark, frozenset[str]] = {
    Mark.FROM: word_set(
        "from de d del des du desde depuis von vom aus ab da dal dalla dall men min mn من از leaving из с od z nga"
    ),
    Mark.TO: word_set(
        "to towards verso fino into until till reach reached reaching a hasta para pa pal hacia vers pour jusqu nach bis zu "
        "ins ila الي علي ع نحو باتجاه اتجاه لحد لين ل l fi li arrived arriving arrive drop в на do per an به "
        "بسمت تا rumbo destino ziel destination direction richtung باتجاه au aux arrivee"
    ),
    Mark.VIA: word_set(
        "via براسته through thru por uber par attraverso tramite через przez عبر خلال durch passing transit"
    ),
    Mark.AT: word_set("in en at im dans في ب فى inside near bei around из w"),
}
_BY_WORD = {word: mark for mark, words in _MARKS.items() for word in words}
_AFTER = {
    "uzerinden": Mark.VIA,
    "kadar": Mark.TO,
    "cikis": Mark.FROM,
    "cikisli": Mark.FROM,
    "cikislar": Mark.FROM,
    "cikisi": Mark.FROM,
    fold("سے"): Mark.FROM,
    fold("تک"): Mark.TO,
}
_OFFICE = re.compile(
    r"(?:(?:office|saraf|sarraf|bureau|buro|agence|oficina|ofis|shop|bazaar|مكتب|محل|صراف|money with|based|deliver|"
    r"branch|born|hand by hand)"
    r"(?: \w+)?|brothers? of|boys? of|family in|geld in|argent a|fahrer aus|leute aus) ?$"
)
_BORDER = re.compile(
    r"(?:border|grenz|frontier|frontera|sinir|حدود|coast|kuste|cote|costa|kiyi|isla|ile|ada|side|seite|tarafi|"
    r"tarafina|lado|strand|playa|plage|soil|toprak)"
)
_NEAR = 28
"""Characters around an adjective in which the paper or border it belongs to must stand."""


@dataclass(frozen=True)
class Mention:
    """A place in the text: country (ISO 3166-1 alpha-2 or EU), span in the folded text, direction."""

    country: str
    kind: Kind
    start: int
    end: int
    mark: Mark = Mark.NONE
    of_document: bool = False


@dataclass(frozen=True)
class _Token:
    text: str
    start: int
    end: int
    mark: Mark = Mark.NONE


class PlaceFinder:
    """Finds places. Safe to share between readers of one thread; immutable after loading."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._names = gazetteer
        self._vocab = Vocab()
        self._matcher = PhraseMatcher(self._vocab)
        several = [list(name) for name in gazetteer.entries if len(name) > 1]
        self._matcher.add("place", [Doc(self._vocab, words=words) for words in several])
        self._in_several = frozenset(word for words in several for word in words)

    def find(self, text: str, lang: str) -> list[Mention]:
        """Mentions of a folded text in order, the longest name where several overlap; ``lang`` is ISO 639-1."""
        found = [self._token(match.group(), match.start(), lang) for match in _TOKEN.finditer(text)]
        mentions = []
        for start, end in self._spans(found):
            entry = self._entry(tuple(token.text for token in found[start:end]), lang)
            if entry is not None:
                mentions.append(_mention(text, found, start, end, entry))
        return [mention for mention in mentions if mention is not None]

    def _token(self, word: str, start: int, lang: str) -> _Token:
        end = start + len(word)
        if word in self._names.vocabulary or _FLAG.fullmatch(word):
            return _Token(word, start, end)
        stripped = None
        if len(word) > 3 and word.isalpha():  # a whole name before a part of one: "irandan" is Iran, not "Ira ..."
            stripped = strip_affixes(word, lang, self._names.singles)
            stripped = stripped or strip_affixes(word, lang, self._names.vocabulary)
        return _Token(stripped[0], start, end, stripped[1]) if stripped else _Token(word, start, end)

    def _spans(self, found: list[_Token]) -> list[tuple[int, int]]:
        known, singles = self._in_several, self._names.singles
        doc = Doc(self._vocab, words=[token.text if token.text in known else _OTHER for token in found])
        spans = [(start, end) for _, start, end in self._matcher(doc)]
        spans += [(i, i + 1) for i, token in enumerate(found) if token.text in singles or _FLAG.fullmatch(token.text)]
        taken: set[int] = set()
        kept: list[tuple[int, int]] = []
        for start, end in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
            if taken.isdisjoint(range(start, end)):
                taken.update(range(start, end))
                kept.append((start, end))
        return sorted(kept)

    def _entry(self, name: tuple[str, ...], lang: str) -> Entry | None:
        flag = _FLAG.fullmatch(name[0])
        if flag and name not in self._names.entries:
            code = flag[1].upper()
            return Entry(code, Kind.REGION if code == "EU" else Kind.COUNTRY)
        fitting = [entry for entry in self._names.entries.get(name, ()) if entry.lang in {None, lang}]
        return fitting[0] if fitting else None


def _mention(text: str, found: list[_Token], start: int, end: int, entry: Entry) -> Mention | None:
    first, last = found[start], found[end - 1]
    near = text[max(0, first.start - _NEAR) : last.end + _NEAR]
    of_document = bool(DOCUMENT_WORDS.search(near))
    if entry.kind is Kind.ADJECTIVE and not of_document and not _BORDER.search(near):
        return None
    mark = _direction(text, found, start, end)
    return Mention(entry.country, entry.kind, first.start, last.end, mark, of_document)


def _direction(text: str, found: list[_Token], start: int, end: int) -> Mark:
    first = found[start]
    if _OFFICE.search(text[max(0, first.start - 40) : first.start]):
        return Mark.OFFICE
    if found[end - 1].mark not in {Mark.NONE, Mark.AND}:
        following = _AFTER.get(found[end].text) if end < len(found) else None
        return following or found[end - 1].mark
    if first.mark is not Mark.NONE:
        return first.mark
    if end + 1 < len(found) and found[end].text == "'" and (mark := suffix_mark(found[end + 1].text)):
        return mark
    if end < len(found) and found[end].text in _AFTER:
        return _AFTER[found[end].text]
    return _before(found, start)


def _before(found: list[_Token], start: int) -> Mark:
    """The preposition before the place, over articles and apostrophes."""
    index = start - 1
    while index >= 0 and start - index <= 3 and (found[index].text in _ARTICLES or found[index].text == "'"):
        if found[index].text == "l" and found[index + 1].text != "'":
            return Mark.TO  # "l italia" in romanised Arabic; "l'italie" is an article
        index -= 1
    return _BY_WORD.get(found[index].text, Mark.NONE) if index >= 0 else Mark.NONE
