"""A low-rank adapter for the encoder (LoRA, Hu et al. 2021): W + B·A · (alpha / rank) on the attention and output layers.

Trained beside the frozen weights, merged into them at load: inference costs nothing extra.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import torch
from torch import nn

from nlp.errors import ModelError

RANK = 8
ALPHA = 16.0
"""Scale alpha / rank = 2, the usual choice of the paper's code; measured no better with 1 or 4."""
TARGETS = ("query", "key", "value", "dense")


class LowRank(nn.Module):
    """A linear layer with a trainable low-rank addition."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.layer = layer
        self.down = nn.Parameter(torch.empty(RANK, layer.in_features))
        self.up = nn.Parameter(torch.zeros(layer.out_features, RANK))
        nn.init.kaiming_uniform_(self.down, a=5**0.5)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """The layer's output plus the low-rank term."""
        low = nn.functional.linear(nn.functional.linear(inputs, self.down), self.up)
        return cast(torch.Tensor, self.layer(inputs)) + low * (ALPHA / RANK)


def _targets(model: nn.Module) -> Iterator[tuple[str, nn.Linear]]:
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear) and ".layer." in f".{name}." and name.rsplit(".", 1)[-1] in TARGETS:
            yield name, module


def attach_adapter(model: nn.Module) -> dict[str, nn.Parameter]:
    """Wraps the target layers in place; returns the trainable parameters by name. Raises ModelError when none fits."""
    parameters: dict[str, nn.Parameter] = {}
    for name, layer in list(_targets(model)):
        wrapped = LowRank(layer)
        parent = model.get_submodule(name.rsplit(".", 1)[0])
        setattr(parent, name.rsplit(".", 1)[1], wrapped)
        parameters[f"{name}.down"] = wrapped.down
        parameters[f"{name}.up"] = wrapped.up
    if not parameters:
        raise ModelError("this encoder has no layer that the adapter knows (query, key, value, dense)")
    return parameters


def merge_adapter(model: nn.Module, tensors: dict[str, torch.Tensor]) -> None:
    """Adds a trained adapter to the weights in place. Raises ModelError when a layer is missing or of another shape."""
    layers = dict(_targets(model))
    names = {name.rsplit(".", 1)[0] for name in tensors}
    with torch.no_grad():
        for name in sorted(names):
            layer, down, up = layers.get(name), tensors.get(f"{name}.down"), tensors.get(f"{name}.up")
            if layer is None or down is None or up is None:
                raise ModelError(f"the adapter was trained for another encoder: no layer {name}")
            delta = up.float() @ down.float() * (ALPHA / RANK)
            if delta.shape != layer.weight.shape:
                raise ModelError(f"the adapter was trained for another encoder: {name} has another shape")
            layer.weight += delta
