"""Character n-grams: the same features for the same spelling, weights that survive their file, no text too strange."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp import ModelError
from nlp.card import KINDS
from nlp.ngrams import BUCKETS, LONGEST, NGrams, count, load_ngrams, weigh
from nlp.training.examples import Example
from nlp.training.spelling import OUTPUTS, fit_ngrams

ONES = np.ones(BUCKETS, dtype=np.float32)


def features(text: str) -> dict[int, float]:
    rows = weigh(count([text]), ONES)
    return dict(zip(rows.buckets.tolist(), rows.values.tolist(), strict=True))


def test_case_and_accents_are_no_difference_and_letters_are() -> None:
    assert features("Où est la BARQUE") == features("ou est la barque")
    assert features("barque") != features("banque")
    assert features("إيطاليا") == features("ايطاليا")


def test_each_text_has_length_one_whatever_stands_beside_it() -> None:
    texts = ["a boat", "", "a much longer text about a boat and another boat", "x"]
    rows = weigh(count(texts), ONES)
    sizes = [float((rows.values[a:b] ** 2).sum()) for a, b in zip(rows.starts[:-1], rows.starts[1:], strict=True)]
    assert sizes == pytest.approx([1.0] * 4, abs=1e-5)
    assert features("a boat") == pytest.approx(
        dict(zip(rows.buckets[: rows.starts[1]].tolist(), rows.values[: rows.starts[1]].tolist(), strict=True))
    )


@given(st.text(max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    assert np.isfinite(
        NGrams(np.ones((2, BUCKETS), dtype=np.float32), np.zeros(2, dtype=np.float32), ONES).logits([text])
    ).all()


def test_lone_surrogates_and_the_end_of_long_texts() -> None:
    assert features("a\ud800b")
    assert features("b" * (LONGEST + 1) + "end") == features("b" * (LONGEST + 1))


def example(text: str, *, offer: bool, number: int) -> Example:
    targets = {name: float(offer) for name in OUTPUTS}
    return Example(f"x{number}", text, "en", f"a{number}", "corpus", targets, "offer" if offer else "other")


def test_it_learns_spelling_and_keeps_what_it_learned_in_its_file(tmp_path: Path) -> None:
    good = ["boat tonight 3000 euro each", "seats on the boat 2500", "boat leaves 4000 euro", "3500 euro boat seat"]
    bad = ["the cat sat on the mat", "rain again in the town", "we baked bread today", "the match was lost"]
    texts = [(text, True) for text in good] + [(text, False) for text in bad]
    fitted = fit_ngrams([example(text, offer=yes, number=n) for n, (text, yes) in enumerate(texts)])
    fresh = ["a booat seat 3000 eur", "the town lost its bread"]
    said = fitted.logits(fresh)
    assert said.shape == (2, len(OUTPUTS) + len(KINDS))
    assert said[0, 0] > 0 > said[1, 0]
    fitted.save(tmp_path / "ngrams.safetensors")
    assert load_ngrams(tmp_path / "ngrams.safetensors").logits(fresh) == pytest.approx(said, abs=0.05)


def test_a_file_that_is_none_of_ours_is_named(tmp_path: Path) -> None:
    (tmp_path / "ngrams.safetensors").write_bytes(b"{}")
    with pytest.raises(ModelError, match=r"ngrams\.safetensors"):
        load_ngrams(tmp_path / "ngrams.safetensors")
