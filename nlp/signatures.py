"""The near-copy signature of a text: a MinHash over character 5-grams of its normal form.

Characters, not words: Thai and Chinese have no spaces, and sellers vary spacing and emoji. Digits and contacts are taken
out before, because a re-posted advert changes its price and number first.
"""

from __future__ import annotations

import re
import unicodedata

from rensa import RMinHash

from records import TOKEN

PERMUTATIONS = 128
"""Standard error of the estimated similarity is at most 1 / (2 * sqrt(128)) = 0.044 (Broder 1997)."""
SEED = 20_260_101
"""Part of every stored signature; changing it unlinks all families."""
MIN_GRAMS = 24
"""About five words; shorter texts agree by chance."""
_SIZE = 5


def make_signature(text: str) -> tuple[int, ...]:
    """128 numbers of 32 bits, or an empty tuple where the text is too short to be compared."""
    bare = TOKEN.sub(" ", text)
    bare = unicodedata.normalize("NFKC", bare).casefold()
    bare = re.sub(r"https?://\S+|[\d\u0660-\u0669\u06f0-\u06f9]+", " ", bare)
    bare = " ".join(re.sub(r"[^\w\s]|_", " ", bare).split())
    grams = {bare[at : at + _SIZE] for at in range(len(bare) - _SIZE + 1)}
    if len(grams) < MIN_GRAMS:
        return ()
    sketch = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
    # Sorted: the sketch does not depend on order, but a set's order differs between runs and makes profiles differ.
    sketch.update(sorted(grams))
    return tuple(int(value) for value in sketch.digest())
