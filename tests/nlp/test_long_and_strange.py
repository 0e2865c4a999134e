"""What a post does to the model that is not a post's ordinary length, alphabet or place: read whole, or not assessed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from config import Pseudonyms
from nlp import ModelError, Tagger, TextInput
from nlp.classifier import Classifier, model_text, pool_windows
from nlp.encoder import MAX_TOKENS, MAX_WINDOWS, Windows, load_encoder
from nlp.normalise import normalise
from nlp.training.examples import as_read, read_lines
from records import Kind, Label
from tests.tiny_model import make_tiny_model

KEY = Pseudonyms(b"k" * 32)
OFFER = (
    "SAFE TRIP turkey to italy by yacht, every week, 5500 euro per person, kids half price, pay on arrival. "
    "serious people only whatsapp +90 555 000 00 77"
)
FILLER = "The weather was fine on Saturday and the market had fresh bread, cheese and apples from the farm next door. "


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger.load(KEY.contact)


def test_of_a_long_post_the_advert_at_its_end_is_read() -> None:
    long, alone = Classifier.load(precision=torch.float32).read([model_text("", FILLER * 16 + OFFER), OFFER])
    assert Label.SMUGGLING_OFFER in long.labels
    assert (long.windows, alone.windows) == (3, 1)


def test_a_text_longer_than_those_evaluated_is_not_assessed(tagger: Tagger) -> None:
    card = Classifier.load(precision=torch.float32).card
    for windows in {card.windows + 1, MAX_WINDOWS + 1}:
        tags = tagger.tag([TextInput(text=OFFER + FILLER * 8 * windows)])[0]
        assert not tags.covered
        assert tags.labels == ()
        assert tags.kind is not Kind.OFFER
    assert tagger.tag([TextInput(text=OFFER)])[0].covered


def test_windows_hold_every_token_and_say_what_was_left_out(tmp_path: Path) -> None:
    encoder = load_encoder(str(make_tiny_model(tmp_path).encoder))
    short, long, too_long = "a b c", "x y " * MAX_TOKENS, "z " * MAX_TOKENS * MAX_WINDOWS
    windows = encoder.windows([short, long, too_long, ""])
    read = np.diff([*windows.starts, len(windows.ids)]).tolist()
    assert windows.counts[0] == windows.counts[3] == read[0] == read[3] == 1
    assert read[1] == windows.counts[1] > 1
    assert read[2] == MAX_WINDOWS < windows.counts[2]
    assert all(len(ids) <= MAX_TOKENS for ids in windows.ids)
    assert windows.ids[0] == encoder.tokenise([short])[0]


def test_of_a_text_s_windows_the_strongest_counts() -> None:
    binary = np.array([[0.0, -1.0], [2.0, -3.0], [1.0, 5.0], [-1.0, 0.0]])
    kind = np.eye(4, 3)
    pooled, kinds = pool_windows(binary, kind, Windows([[1]] * 4, [0, 3], [3, 1]))
    assert pooled.tolist() == [[2.0, 5.0], [-1.0, 0.0]]
    assert kinds.tolist() == [kind[1].tolist(), kind[3].tolist()]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("𝗦𝗔𝗙𝗘 𝗧𝗥𝗜𝗣 𝗧𝗢 𝗜𝗧𝗔𝗟𝗬", "SAFE TRIP TO ITALY"),
        ("ＳＡＦＥ ＴＲＩＰ", "SAFE TRIP"),
        ("Ⓢⓐⓕⓔ", "Safe"),
        ("تهـــريب", "تهريب"),
        ("گروهی  کوچک", "گروهي كوچك"),
        ("sooooooo\n\n good", "sooo good"),
        ("çocuk élève Straße", "çocuk élève Straße"),
    ],
)
def test_letters_in_disguise_are_read_as_what_they_are(written: str, read: str) -> None:
    assert normalise(written) == read
    assert model_text("", written) == read


def test_an_advert_in_the_picture_alone_is_assessed(tagger: Tagger) -> None:
    tags = tagger.tag([TextInput(text="🔥 DM 🔥", media_text=OFFER)])[0]
    assert tags.covered
    assert Label.SMUGGLING_OFFER in tags.labels


def test_what_is_not_assessed_has_no_kind_of_a_label_and_no_referral(tagger: Tagger) -> None:
    swahili = "Safari salama kwenda Ulaya kwa meli kila wiki, bei ni euro 4500 kwa mtu mmoja, malipo ukifika"
    german = "Sichere Fahrt nach Deutschland jede Woche, 4500 Euro pro Person, Zahlung bei Ankunft, nur WhatsApp"
    for tags in tagger.tag([TextInput(text=swahili), TextInput(text=german)]):
        assert tags.covered or (tags.kind is not Kind.OFFER and tags.referral == () and tags.labels == ())


def test_an_encoder_with_other_weights_is_refused(tmp_path: Path) -> None:
    mine, other = make_tiny_model(tmp_path / "a", seed=1), make_tiny_model(tmp_path / "b", seed=2)
    with pytest.raises(ModelError, match="another encoder"):
        Classifier.load(str(mine.model), str(other.encoder))
    assert Classifier.load(str(mine.model), str(mine.encoder)).encoder.width > 0


def test_a_rounded_model_gives_the_labels_of_the_exact_one() -> None:
    """On a processor with bfloat16; here it is emulated, which is slow and equal."""
    lines = [as_read(line.text, line.lang) for line in read_lines()[::24]]
    exact, rounded = Classifier.load(precision=torch.float32), Classifier.load(precision=torch.bfloat16)
    pairs = list(zip(exact.read(lines), rounded.read(lines), strict=True))
    assert any(a.scores != b.scores for a, b in pairs)
    assert all((a.labels, a.is_on_topic, a.referral) == (b.labels, b.is_on_topic, b.referral) for a, b in pairs)
