"""A phone number's digits -> its region and its one form for all spellings (E.164)."""

from __future__ import annotations

import functools
import re

import phonenumbers

MIN_DIGITS = 7
MAX_DIGITS = 15
"""Of a phone number with its country code (ITU-T E.164); seven is the shortest local number that is still dialled."""

_LONGEST_NATIONAL = 11
"""Germany's plan allows fifteen digits, its numbers have at most eleven: the plan alone would join two numbers."""

Regions = tuple[str, ...]


@functools.cache
def _shapes(region: str) -> tuple[str, tuple[int, ...], re.Pattern[str], re.Pattern[str]] | None:
    """Trunk prefix, lengths, pattern of all numbers and of mobile ones, without the prefix; None: no such region."""
    meta = phonenumbers.PhoneMetadata.metadata_for_region(region)
    if meta is None or meta.general_desc is None or not meta.general_desc.national_number_pattern:
        return None
    mobile = (meta.mobile and meta.mobile.national_number_pattern) or meta.general_desc.national_number_pattern
    lengths = tuple(meta.general_desc.possible_length)
    return (
        meta.national_prefix or "",
        lengths,
        re.compile(meta.general_desc.national_number_pattern),
        re.compile(mobile),
    )


@functools.lru_cache(maxsize=4096)
def is_dialled(digits: str, region: str, *, loose: bool = False) -> bool:
    """Whether the digits are a number as it is dialled inside the region, the leading 0 included.

    ``loose``: of the right length and beginning only, for ranges that are not given out, as those kept for drama.
    """
    shapes = _shapes(region)
    if shapes is None:
        return False
    prefix, lengths, general, _ = shapes
    # North America's 1 is left out in everyday writing, the 0 elsewhere is not.
    bare = digits[len(prefix) :] if prefix and digits.startswith(prefix) else digits
    if prefix.startswith("0") and bare is digits:
        return False
    fits = len(bare) in lengths and len(bare) <= _LONGEST_NATIONAL and general.fullmatch(bare) is not None
    return fits and ((loose and digits[0] == "0") or _is_valid(digits, region))


@functools.lru_cache(maxsize=4096)
def is_mobile_without_zero(digits: str, region: str) -> bool:
    """Whether the digits are a mobile number of the region with the leading 0 left out."""
    shapes = _shapes(region)
    return shapes is not None and shapes[3].fullmatch(digits) is not None


@functools.lru_cache(maxsize=4096)
def is_international(digits: str) -> bool:
    """Whether the digits, country code first, are a valid number."""
    return _is_valid("+" + digits, None)


def read_international(digits: str) -> tuple[str | None, str]:
    """(region, E.164) of digits that begin with a country code; (None, digits) where they are no number."""
    return read_phone("+" + digits, ())


@functools.lru_cache(maxsize=4096)
def read_phone(number: str, regions: Regions) -> tuple[str | None, str]:
    """(region, E.164), or (None, bare digits) where no region fits. ``number``: as written, digits in ASCII."""
    digits = re.sub(r"\D", "", number)
    international = number.strip().lstrip("( ").startswith("+")
    tries: list[tuple[str, str | None]] = [("+" + digits, None)] if international else []
    if digits.startswith("00"):
        tries.append(("+" + digits[2:], None))
    if not international:
        # A region in which the number is dialled just so before one that only would accept it.
        tries += sorted(((digits, region) for region in regions), key=lambda item: not is_dialled(digits, item[1]))
        # Ten digits and more without any prefix are often the international form with the + forgotten.
        tries.append(("+" + digits, None))
    for check in (phonenumbers.is_valid_number, phonenumbers.is_possible_number):
        for text, region in tries:
            parsed = _parse(text, region)
            if parsed is not None and check(parsed):
                home = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
                home = phonenumbers.region_code_for_number(parsed) or home
                known = home if home and len(home) == 2 and home != "ZZ" else None
                return known, phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return None, digits


def _is_valid(digits: str, region: str | None) -> bool:
    parsed = _parse(digits, region)
    return parsed is not None and phonenumbers.is_valid_number(parsed)


def _parse(digits: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
