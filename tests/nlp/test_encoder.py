"""Where the encoder comes from: the checked package, a local folder, and clear errors for the rest."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
import torch

from nlp import ModelError, describe
from nlp.adapter import RANK, attach_adapter, merge_adapter
from nlp.encoder import PACKAGE, batches_by_length, load_encoder, package_folder
from tests.tiny_model import make_tiny_model

TEXTS = ["safe trip", "a much longer text about a journey that nobody should make, told by one who did", "🚤", ""]


def test_the_packaged_weights_are_the_known_ones_and_none_of_the_package_is_run() -> None:
    folder = package_folder()
    assert (folder / "model.safetensors").is_file()
    assert PACKAGE not in sys.modules


def test_other_weights_under_the_packages_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    false = tmp_path / PACKAGE
    (false / "model").mkdir(parents=True)
    (false / "__init__.py").write_text("raise SystemExit('this package was imported')\n")
    shutil.copy(package_folder() / "config.json", false / "model")
    (false / "model" / "model.safetensors").write_bytes(b"not the weights")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModelError, match="not the known file"):
        load_encoder("package")


def test_a_missing_package_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(ModelError, match="DAYMARK_ENCODER"):
        package_folder()


def test_a_local_folder_works_as_well(tmp_path: Path) -> None:
    tiny = make_tiny_model(tmp_path)
    encoder = load_encoder(str(tiny.encoder))
    assert encoder.encode(encoder.tokenise(TEXTS)).shape == (len(TEXTS), encoder.width)
    assert describe(str(tiny.encoder)) == str(tiny.encoder)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_encoder(str(tmp_path))


def test_a_text_has_the_same_vector_alone_and_in_company() -> None:
    encoder = load_encoder("package")
    together = encoder.encode(encoder.tokenise(TEXTS * 20))
    for number, text in enumerate(TEXTS):
        alone = encoder.encode(encoder.tokenise([text]))[0]
        assert torch.allclose(together[number], alone, atol=2e-5)


def test_a_merged_adapter_answers_as_the_attached_one(tmp_path: Path) -> None:
    tiny = make_tiny_model(tmp_path)
    plain, attached = load_encoder(str(tiny.encoder)), load_encoder(str(tiny.encoder))
    parameters = attach_adapter(attached.model)
    torch.manual_seed(1)
    with torch.no_grad():
        for name, parameter in parameters.items():
            if name.endswith(".up"):
                parameter.normal_(std=0.1)
    merge_adapter(plain.model, {name: parameter.detach() for name, parameter in parameters.items()})
    assert torch.allclose(plain.encode(plain.tokenise(TEXTS)), attached.encode(attached.tokenise(TEXTS)), atol=1e-5)
    assert all(RANK in parameter.shape for parameter in parameters.values())


def test_an_adapter_for_another_encoder_is_refused(tmp_path: Path) -> None:
    encoder = load_encoder(str(make_tiny_model(tmp_path).encoder))
    with pytest.raises(ModelError, match="another encoder"):
        merge_adapter(
            encoder.model, {"encoder.layer.9.x.down": torch.zeros(8, 8), "encoder.layer.9.x.up": torch.zeros(8, 8)}
        )


def test_batches_hold_their_budget_and_every_text_once() -> None:
    lengths = [5, 200, 7, 7, 90, 3, 400]
    batches = batches_by_length(lengths, 210)
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    assert all(len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= 210 for batch in batches)
