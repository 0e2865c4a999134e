"""docs/model.md is what the model says of itself."""

from __future__ import annotations

from pathlib import Path

from nlp.card import model_folder
from nlp.heads import TrainedModel
from nlp.training.card import make_card


def test_the_page_is_the_one_that_is_written_from_the_model() -> None:
    page = Path(__file__).parents[2] / "docs" / "model.md"
    assert page.read_text("utf-8") == make_card(TrainedModel.open(model_folder("package")).card)
