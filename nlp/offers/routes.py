"""From place mentions to origin, transit and destination.

1. Mentions that nothing but a few words, arrows, dashes or commas part form a chain; "or", "and", "/" put two into one slot.
2. A chain gives its first slot as origin, its last as destination, the rest as transit; prepositions and cases overrule.
3. What one chain reaches and another leaves is transit.
4. Places outside chains fill what is still open: with a direction as that says, without by whether people go there or
   leave there. For papers every country is a destination, unless the text says people come from it.
The language of a post is no evidence of an origin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from nlp.offers.affixes import Mark
from nlp.offers.gazetteer import EUROPE, Kind
from nlp.offers.mode_words import MODE_WORDS
from nlp.offers.phrases import DOCUMENT_SERVICES
from nlp.offers.places import Mention
from nlp.offers.route_draft import GOALS, Draft, Route, once
from nlp.offers.text import word_set

_BREAK = re.compile(r"[.!?;:|\n\d‖€$£%]")
_ARROW = re.compile(r"[-–—>→➡➔➜⇒»~]|>>|ــ|←|⬅")
_WORD = re.compile(r"[^\W\d_]+")
_EITHER = re.compile(
    r"\s*(?:/|or|and|oder|und|ou|et|o|u|y|veya|ya da|ve|او|و|&|\+)(?: (?:le|la|les|el|the|die|das|den))?\s*"
)
_LISTED = re.compile(r"\s*(?:,|and|und|et|y|e|ve|و|/|-)?\s*(?:(?:le|la|les|the) )?")
_MAX_WORDS = 3
"""Words between two places of one route, beyond the listed ones; more is another statement."""
_FILLERS = word_set(
    "to then and by boat road air car via through up the a de la el hasta vers nach bis per mit auto puis "
    "ensuite luego sonra oradan ثم بعدها وبعدين الي من علي لحد عن طريق بر بحر dann weiter flug from direct "
    "direkt plane oradan ile there dort alli bas بعدين هناك plane sea land foot walking taxi game over pour par en"
)


Slot = list[Mention]


def read_route(text: str, mentions: Sequence[Mention], service: str | None) -> Route:
    """The route of an advert for ``service`` (a sub-label of smuggling_offer)."""
    if service in DOCUMENT_SERVICES:
        return _document_route(mentions)
    usable = [m for m in mentions if m.kind not in {Kind.IMPLIED, Kind.CROSSING} and not _is_paper(m)]
    draft = Draft()
    chains = _chains(text, [m for m in usable if m.mark is not Mark.OFFICE])
    for chain in sorted(chains, key=lambda chain: len(chain) == 1):  # what a chain says stands over a lone mention
        _place_chain(draft, text, chain)
    offices = [m for m in usable if m.mark is Mark.OFFICE]
    _place_loose(draft, text, offices if service == "payment_agent" else [])
    for crossing in (m for m in mentions if m.kind is Kind.CROSSING):
        draft.fill(*crossing.country.split("-"))
    return draft.close()


def _is_paper(mention: Mention) -> bool:
    return mention.kind is Kind.ADJECTIVE and mention.of_document


def _document_route(mentions: Sequence[Mention]) -> Route:
    named = [m for m in mentions if m.mark is not Mark.OFFICE and m.kind in {Kind.COUNTRY, Kind.ADJECTIVE, Kind.REGION}]
    cities = [m for m in mentions if m.mark is not Mark.OFFICE and m.kind is Kind.CITY]
    implied = [m for m in mentions if m.kind is Kind.IMPLIED]
    # Where the seller sits or meets is no origin: of a paper, only what the text says people come from.
    said = [
        m for m in (*named, *cities) if m.mark is Mark.FROM or (m in named and len(named) > 1 and m.mark is not Mark.AT)
    ]
    origin = [m.country for m in said if m.kind is not Kind.ADJECTIVE and m.country not in GOALS]
    goals = [m.country for m in named if m.country not in origin]
    goals = goals or [m.country for m in implied] or [m.country for m in cities if m.country not in origin]
    if any(code in GOALS for code in goals):
        goals = [code for code in goals if code in GOALS]
    origin = [code for code in origin if code not in goals]
    if not goals:  # "Turkish residence card": a paper of the country itself
        goals, origin = origin, []
    if len(set(goals)) > 1:
        goals = [code for code in goals if code != EUROPE]
    return Route(once(origin), (), once(goals))


def _chains(text: str, mentions: Sequence[Mention]) -> list[list[Slot]]:
    chains: list[list[Slot]] = []
    last: Mention | None = None
    for mention in mentions:
        gap = text[last.end : mention.start] if last else ""
        if (
            last is not None
            and last.mark is Mark.VIA
            and mention.mark in {Mark.NONE, Mark.AND}
            and _LISTED.fullmatch(gap)
        ):
            mention = replace(mention, mark=Mark.VIA)  # "via Dubai, Nicaragua and Mexico"
        if last is not None and mention.country == last.country and len(gap) < 12:
            # "Istanbul, Turkey": one place, by the direction that either of them shows
            if last.mark is Mark.NONE and mention.mark not in {Mark.NONE, Mark.AND} and chains[-1][-1][-1] is last:
                chains[-1][-1][-1] = replace(last, mark=mention.mark)
        elif last is not None and _is_either(gap, mention):
            chains[-1][-1].append(mention)
        elif last is not None and _is_joined(gap) and _same_sort(text, last, mention, gap):
            chains[-1].append([mention])
        else:
            chains.append([[mention]])
        last = mention
    return [_without_repeats(chain) for chain in chains]


def _same_sort(text: str, last: Mention, mention: Mention, gap: str) -> bool:
    """Flags beside names repeat them and make a chain of their own, unless an arrow or a preposition runs on."""
    flags = [text.startswith("flag", place.start) for place in (last, mention)]
    return flags[0] == flags[1] or bool(_ARROW.search(gap)) or mention.mark in {Mark.TO, Mark.VIA}


def _is_either(gap: str, mention: Mention) -> bool:
    return bool(_EITHER.fullmatch(gap)) or (mention.mark is Mark.AND and not gap.strip())


def _is_joined(gap: str) -> bool:
    if _BREAK.search(gap):
        return False
    between = [word for word in _WORD.findall(gap) if word not in _FILLERS and not _is_means(word)]
    return len(between) <= _MAX_WORDS and len(gap) < 60 and "/" not in gap


def _is_means(word: str) -> bool:
    """Means of travel between two places belong to the way from one to the other."""
    return any(pattern.fullmatch(word) for pattern in MODE_WORDS.values())


def _without_repeats(chain: list[Slot]) -> list[Slot]:
    """Flags repeat the names beside them: "Serbia Austria 🇷🇸🇦🇹" is one leg."""
    seen: set[str] = set()
    kept = []
    for slot in chain:
        fresh = [mention for mention in slot if mention.country not in seen]
        seen |= {mention.country for mention in fresh}
        if fresh:
            kept.append(fresh)
    return kept


def _place_chain(draft: Draft, text: str, chain: list[Slot]) -> None:
    if len(chain) == 1:
        _place_single(draft, chain[0])
        return
    marks = [slot[0].mark for slot in chain]
    open_slots = [index for index, mark in enumerate(marks) if mark is not Mark.VIA]
    draft.transit += _codes(slot for slot, mark in zip(chain, marks, strict=True) if mark is Mark.VIA)
    start = _origin_slot(chain, marks, open_slots)
    if start is None:
        goals = [index for index in open_slots if chain[index][0].country in GOALS]
        if not goals and not draft.reaches_goal():  # behind a whole route these are its stages
            goals = open_slots[-1:]
        draft.destination += _codes(chain[index] for index in goals)
        draft.transit += _codes(chain[index] for index in open_slots if index not in goals)
        return
    draft.origin += _codes([chain[start]])
    draft.stated += _codes([chain[start]]) if marks[start] is Mark.FROM else []
    before, after = [i for i in open_slots if i < start], [i for i in open_slots if i > start]
    ends_here = bool(after) and not before
    goals = [_goal_slot(text, chain, after)] if ends_here else _named_goals(chain, before)
    draft.destination += _codes(chain[index] for index in goals)
    draft.transit += _codes(chain[index] for index in (*before, *after) if index not in goals)


def _named_goals(chain: list[Slot], before: list[int]) -> list[int]:
    """ "The Mexico-America line, from Istanbul": of what stands before the start, the goals; else all of it."""
    return [index for index in before if chain[index][0].country in GOALS] or before


def _goal_slot(text: str, chain: list[Slot], after: list[int]) -> int:
    """The last place, unless words lead on from the goal to the stages: "Iran to Germany, first Turkey"."""
    last = after[-1]
    if chain[last][0].country in GOALS or len(after) == 1:
        return last
    gap = text[chain[last - 1][-1].end : chain[last][0].start]
    goals = [index for index in after if chain[index][0].country in GOALS]
    return goals[-1] if goals and len(_WORD.findall(gap)) > 1 and not _ARROW.search(gap) else last


def _origin_slot(chain: list[Slot], marks: list[Mark], open_slots: list[int]) -> int | None:
    stated = [index for index in open_slots if marks[index] is Mark.FROM]
    if stated:  # "call from California ... boys from Punjab": nobody is brought out of where all want to go
        return next((index for index in stated if chain[index][0].country not in GOALS), stated[0])
    if len(open_slots) > 1 and _leads_with_goal(chain, open_slots):
        return open_slots[1]
    if not open_slots or marks[open_slots[0]] is Mark.TO:
        return None
    first = open_slots[0]
    # "Italy via Libya": what comes first is the goal.
    return None if len(open_slots) == 1 and chain[first][0].country in GOALS else first


def _leads_with_goal(chain: list[Slot], open_slots: list[int]) -> bool:
    """ "Italy contract, Dhaka-Dubai-Libya": the goal is named first, then the way there."""
    first, last = chain[open_slots[0]][0].country, chain[open_slots[-1]][0].country
    return first in GOALS and last not in GOALS


def _place_single(draft: Draft, slot: Slot) -> None:
    mark = slot[0].mark
    placed = {*draft.origin, *draft.transit, *draft.destination}
    slot = [mention for mention in slot if mention.country not in placed]
    if mark is Mark.FROM and EUROPE not in _codes([slot]):  # "say the word from Europe"
        draft.origin += _codes([slot])
        draft.stated += _codes([slot])
    elif mark in {Mark.TO, Mark.FROM}:
        draft.reach(_codes([slot]))
    elif mark is Mark.VIA:
        draft.transit += _codes([slot])
    else:
        draft.loose += slot


def _place_loose(draft: Draft, text: str, offices: list[Mention]) -> None:
    placed = {*draft.origin, *draft.transit, *draft.destination}
    loose = [mention for mention in draft.loose if mention.country not in placed]
    priced = [m.country for m in loose if re.match(r"\W{0,4}\d", text[m.end : m.end + 6]) and m.country in GOALS]
    goals = [mention.country for mention in loose if mention.country in GOALS]
    starts = [mention.country for mention in (*loose, *offices) if mention.country not in GOALS]
    if goals and draft.destination and not any(code in GOALS for code in draft.destination):
        # "Italy, contract: Dhaka-Dubai-Libya, then game": the chain ends before the goal.
        draft.transit, draft.destination = draft.transit + draft.destination, []
    if draft.destination and not starts:
        starts = goals  # the goal is known: the place left over is where it starts
    if not draft.destination:
        if not draft.origin and len(set(goals)) > 1 and not starts:
            starts, goals = goals[:1], [code for code in goals if code != goals[0]]
        draft.destination += goals
    elif draft.origin:
        draft.destination += priced
    if not draft.origin and starts:
        draft.origin.append(starts[0])
    if not draft.destination:
        draft.destination += [code for code in starts[1:] if code not in draft.origin][-1:]


def _codes(slots: Iterable[Slot]) -> list[str]:
    return [mention.country for slot in slots for mention in slot]
