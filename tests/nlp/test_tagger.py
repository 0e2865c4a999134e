"""From post to Tags with the shipped model: what stands in the outward contract holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config import Pseudonyms
from nlp import ModelError, Tagger, TextInput, TrainedModel, model_folder
from nlp.card import LABELS, ON_TOPIC
from records import Kind, Label, Tags
from tests.tiny_model import make_tiny_model

KEY = Pseudonyms(b"k" * 32)
OFFER = (
    "SAFE TRIP turkey to italy by yacht, every week, 5500 euro per person, kids half price, pay on arrival. "
    "serious people only whatsapp +90 555 000 00 77"
)


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger.load(KEY.contact)


def one(tagger: Tagger, text: str) -> Tags:
    return tagger.tag([TextInput(text=text)])[0]


def test_an_offer_is_read_whole(tagger: Tagger) -> None:
    tags = one(tagger, OFFER)
    assert Label.SMUGGLING_OFFER in tags.labels
    assert tags.kind is Kind.OFFER
    assert tags.offer is not None
    assert (tags.offer.origin, tags.offer.destination) == (("TR",), ("IT",))
    assert [contact.region for contact in tags.offer.contacts] == ["TR"]
    assert (tags.offer.prices[0].amount, tags.offer.prices[0].currency) == (5500, "EUR")


def test_a_text_about_something_else_has_no_label(tagger: Tagger) -> None:
    tags = one(
        tagger, "The football match on Saturday was great, we had a barbecue and everybody went home happy afterwards"
    )
    assert tags.labels == ()
    assert not tags.is_on_topic
    assert tags.offer is None


def test_a_language_without_evidence_is_not_assessed_and_keeps_its_scores(tagger: Tagger) -> None:
    tags = one(tagger, "Ninataka kwenda Ulaya kwa meli, nani anaweza kunisaidia na bei ni ngapi kwa mtu mmoja")
    assert not tags.covered
    assert tags.labels == ()
    assert set(tags.scores) == set(Label)


@pytest.mark.parametrize("text", ["", " ", "ok", "🚤🚤🚤", "12345", "\ufffd" * 50])
def test_a_text_with_nothing_to_judge_is_not_assessed(tagger: Tagger, text: str) -> None:
    assert not one(tagger, text).covered


def test_order_and_company_change_nothing(tagger: Tagger) -> None:
    texts = [OFFER, "refugees welcome, they are our neighbours", "🚤", OFFER[:40]] * 8
    together = tagger.tag([TextInput(text=text) for text in texts])
    for text, tags in zip(texts[:4], together[:4], strict=True):
        alone = one(tagger, text)
        assert alone.labels == tags.labels
        assert alone.on_topic == pytest.approx(tags.on_topic, abs=2e-3)


def test_the_contact_hash_needs_the_key(tagger: Tagger) -> None:
    other = Tagger.load(Pseudonyms(b"x" * 32).contact)
    first, second = one(tagger, OFFER).offer, one(other, OFFER).offer
    assert first is not None
    assert second is not None
    assert first.contacts[0].hash != second.contacts[0].hash


def test_the_shipped_model_says_what_it_is_and_has_evidence_for_each_covered_language() -> None:
    card = TrainedModel.open(model_folder("package")).card
    assert set(card.thresholds) >= {ON_TOPIC, *LABELS}
    assert "en" in card.covered
    for figures in card.covered.values():
        assert figures["lines"] >= 40
        assert figures["macro_f1"] >= 0.6


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    tiny = make_tiny_model(tmp_path)
    weights = tiny.model / "heads.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    with pytest.raises(ModelError, match="damaged"):
        TrainedModel.open(tiny.model)


def test_a_model_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="DAYMARK_MODEL"):
        TrainedModel.open(tmp_path)


def test_a_card_of_another_shape_is_refused(tmp_path: Path) -> None:
    tiny = make_tiny_model(tmp_path)
    card = json.loads((tiny.model / "model.json").read_text())
    (tiny.model / "model.json").write_text(json.dumps({**card, "binary": card["binary"][:-1]}))
    with pytest.raises(ModelError, match="does not fit"):
        TrainedModel.open(tiny.model)
