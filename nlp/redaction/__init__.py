"""Contact data in a text: phone numbers, e-mail addresses, handles and links to messengers, as spans with keyed hashes.

Rather too much than too little: a number redacted wrongly costs a price, one missed calls a person. Prices and dates are
told apart from phone numbers by what stands around them and by their grouping.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import phonenumbers

from records import Redaction, TextField

Hasher = Callable[[str, str], str]
"""(type, normalised contact) -> 16 hexadecimal digits; config.Pseudonyms.contact."""

REGIONS_BY_LANGUAGE = {
    "ar": ("SY", "IQ", "EG", "LY", "MA", "DZ", "TN", "LB"), "de": ("DE", "AT", "CH"), "en": ("GB", "US", "NG", "PK"),
    "es": ("ES", "MX", "CO", "VE"), "fa": ("IR", "AF"), "fr": ("FR", "BE", "MA", "DZ", "TN", "SN"), "it": ("IT",),
    "ku": ("IQ", "TR"), "ckb": ("IQ", "IR"), "pl": ("PL",), "ru": ("RU", "BY"), "so": ("SO", "ET", "KE"),
    "sq": ("AL", "XK"), "tr": ("TR", "DE"), "ur": ("PK",), "vi": ("VN",),
}  # fmt: skip
"""Tried in order for numbers without a country prefix, after the regions of the source's own entry."""

# Bounded, and begun only where a word begins: on 100,000 letters without a space it would otherwise take minutes.
_EMAIL = re.compile(
    r"(?<![\w.+\-])[\w.+\-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w\-]{1,63}(?:\s?(?:\.|\(dot\)|\[dot\])\s?[\w\-]{1,63}){0,5}\.?[A-Za-z]{2,}",
    re.UNICODE,
)
_LINK = re.compile(
    r"(?:https?://)?(?:www\.)?(?:t\.me|telegram\.me|wa\.me|api\.whatsapp\.com|chat\.whatsapp\.com|instagram\.com|"
    r"facebook\.com|fb\.me|m\.me|tiktok\.com|signal\.me|signal\.group|vk\.com|snapchat\.com|viber\.me|invite\.viber\.com)"
    r"/[^\s<>\"'\])،؛]+",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<![\w@.])@[\w](?:[\w.\-]*[\w])?(?:@[\w\-]+(?:\.[\w\-]+)+)?", re.UNICODE)
_NAMED = re.compile(
    r"\b(?:telegram|tg|insta(?:gram)?|ig|snap(?:chat)?|tiktok|viber|imo|skype|threema|wire|session|"
    r"تلغرام|تليجرام|تيليجرام|انستا|سناب|тг|телеграм)\b\s*[:=\-–>]*\s*(?P<name>[A-Za-z][\w.\-]*[\d_.][\w.\-]*\w)",
    re.IGNORECASE,
)
_DIGIT = r"[0-9\u0660-\u0669\u06f0-\u06f9]"
_NUMBER = re.compile(
    rf"(?<![\w@/])(?:[+＋]\s?|\(\+?)?{_DIGIT}(?:[\s().\-‐‑–/·•_*\u00a0\u200e\u200f]{{0,3}}{_DIGIT}){{6,16}}"
)
_MONEY_NEAR = re.compile(
    r"(?:€|\$|£|₺|eur|euro|usd|dollar|gbp|pound|tl\b|lira|bin\b|mille|mil\b|miles|pesos|dinar|lakh|rs\b|pkr|"
    r"يورو|دولار|دينار|ليرة|ألف|الف|آلاف)",
    re.IGNORECASE,
)
_CALL_NEAR = re.compile(
    r"(?:tel|phone|call|whats|wa\b|viber|signal|imo|numara|ara\b|arayın|ruf|anruf|appel|llama|contact|number|nr\.?|num|"
    r"رقم|واتس|اتصل|للتواصل|هاتف|جوال|☎|📞|📱|📲)[^\d]{0,20}$",
    re.IGNORECASE,
)
_DATE = re.compile(r"^\d{4}[\-/.]\d{1,2}[\-/.]\d{1,2}|^\d{1,2}[\-/.]\d{1,2}[\-/.]\d{4}$")
_THOUSANDS = re.compile(r"^\d{1,3}(?:[.,  ]\d{3})+(?:\s?[\-–/]\s?\d{1,3}(?:[.,  ]\d{3})+)*$")
_YEARS = re.compile(r"^(?:1[89]|20)\d\d(?:\s?[\-–/ ]\s?(?:1[89]|20)\d\d)+$")


@dataclass(frozen=True)
class _Found:
    start: int
    end: int
    type: str
    region: str | None
    normalised: str


def find_redactions(
    fields: Iterable[tuple[TextField, str]], hasher: Hasher, regions: Iterable[str] = ()
) -> tuple[Redaction, ...]:
    """All contact spans of the fields, ordered, not overlapping. ``regions``: ISO 3166-1 alpha-2, likeliest first."""
    order = tuple(dict.fromkeys(regions))
    return tuple(
        Redaction(
            field=field,
            start=found.start,
            end=found.end,
            type=found.type,
            region=found.region,
            hash=hasher(found.type, found.normalised),
        )
        for field, text in fields
        for found in _find(text, order)
    )


def _find(text: str, regions: tuple[str, ...]) -> list[_Found]:
    # E-mail before handle: the part behind the @ is not a handle of its own.
    taken: list[_Found] = []
    for finder in (_links, _emails, _handles, _named):
        for found in finder(text):
            _take(taken, found)
    for found in _phones(text, regions):
        _take(taken, found)
    return sorted(taken, key=lambda found: found.start)


def _take(taken: list[_Found], found: _Found) -> None:
    if all(found.end <= other.start or found.start >= other.end for other in taken):
        taken.append(found)


def _links(text: str) -> Iterator[_Found]:
    for match in _LINK.finditer(text):
        link = match[0].rstrip(".,!?)")
        bare = re.sub(r"^(?:https?://)?(?:www\.)?", "", link.lower())
        digits = re.search(r"(?:wa\.me/\+?|phone=\+?)(\d{7,15})", bare)
        if digits:
            yield _Found(match.start(), match.start() + len(link), "phone", *_read_phone("+" + digits[1], ()))
        else:
            yield _Found(match.start(), match.start() + len(link), "handle", None, bare.rstrip("/"))


def _emails(text: str) -> Iterator[_Found]:
    for match in _EMAIL.finditer(text):
        plain = re.sub(r"\s|[()\[\]]", "", match[0].lower()).replace("(at)", "@")
        plain = re.sub(r"(?<=\w)at(?=\w+\.)", "@", plain, count=1) if "@" not in plain else plain
        if "." in plain.rsplit("@", 1)[-1]:
            yield _Found(match.start(), match.end(), "email", None, plain)


def _handles(text: str) -> Iterator[_Found]:
    for match in _HANDLE.finditer(text):
        yield _Found(match.start(), match.end(), "handle", None, match[0].lower().lstrip("@"))


def _named(text: str) -> Iterator[_Found]:
    for match in _NAMED.finditer(text):
        yield _Found(match.start("name"), match.end("name"), "handle", None, match["name"].lower())


def _phones(text: str, regions: tuple[str, ...]) -> Iterator[_Found]:
    for match in _NUMBER.finditer(text):
        number = match[0].translate(_ASCII_DIGITS)
        if _is_phone(text, match.start(), match.end(), number):
            yield _Found(match.start(), match.end(), "phone", *_read_phone(number, regions))


_ASCII_DIGITS = {
    **{0x0660 + value: str(value) for value in range(10)},
    **{0x06F0 + value: str(value) for value in range(10)},
    ord("＋"): "+",
}


def _is_phone(text: str, start: int, end: int, number: str) -> bool:
    stripped = number.strip()
    digits = sum(char.isdigit() for char in stripped)
    if _DATE.match(stripped) or _YEARS.match(stripped):
        return False
    before, after = text[max(0, start - 24) : start], text[end : end + 8]
    if stripped[0] in "+(" or stripped.startswith("00") or _CALL_NEAR.search(before):
        return True
    if _THOUSANDS.match(stripped) or _MONEY_NEAR.match(after.lstrip()) or _MONEY_NEAR.search(before[-6:]):
        return False
    return digits >= 9 or (digits >= 7 and stripped.startswith("0"))


def _read_phone(number: str, regions: tuple[str, ...]) -> tuple[str | None, str]:
    """(region, E.164), or (None, bare digits) where no region fits."""
    digits = re.sub(r"\D", "", number)
    international = number.strip().lstrip("(").startswith("+")
    tries: list[tuple[str, str | None]] = [("+" + digits, None)] if international else []
    if digits.startswith("00"):
        tries.append(("+" + digits[2:], None))
    if not international:
        tries += [(digits, region) for region in regions]
        # Ten digits and more without any prefix are often the international form with the + forgotten.
        tries.append(("+" + digits, None))
    for check in (phonenumbers.is_valid_number, phonenumbers.is_possible_number):
        for text, region in tries:
            try:
                parsed = phonenumbers.parse(text, region)
            except phonenumbers.NumberParseException:
                continue
            if check(parsed):
                home = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
                home = phonenumbers.region_code_for_number(parsed) or home
                return (home if home and len(home) == 2 and home != "ZZ" else None), phonenumbers.format_number(
                    parsed, phonenumbers.PhoneNumberFormat.E164
                )
    return None, digits
