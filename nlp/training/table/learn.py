"""Training of the new rows alone, under the frozen body."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from nlp.encoder import Encoder
from nlp.training.table.lesson import Batch, Lesson
from nlp.training.table.recipe import TableRecipe
from nlp.training.table.teacher import Half


class Rows(nn.Module):
    """The English rows, frozen, and the new ones behind them."""

    english: torch.Tensor

    def __init__(self, english: torch.Tensor, new: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("english", english)
        self.new = nn.Parameter(new)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Rows of the pieces, shape (*ids.shape, width)."""
        size = len(self.english)
        is_new = ids >= size
        old = nn.functional.embedding(ids.masked_fill(is_new, 0), self.english)
        # Sparse: a batch touches a thousand of fifty thousand rows.
        new = nn.functional.embedding((ids - size).clamp(min=0), self.new, sparse=True)
        return torch.where(is_new.unsqueeze(-1), new, old)


@dataclass
class Progress:
    """Where a training stands: rounds done, and what is needed to go on."""

    rounds: int
    step: int


def learn(
    encoder: Encoder,
    rows: Rows,
    lesson: Lesson,
    teacher: Half,
    recipe: TableRecipe,
    folder: Path,
    tell: Callable[[str], None],
) -> None:
    """Trains ``rows`` in place; the encoder's embeddings must already be ``rows``. Goes on from ``folder``'s last round."""
    optimiser = torch.optim.SparseAdam([rows.new], lr=recipe.rate)
    progress = _resume(rows, optimiser, folder)
    rounds = math.ceil(recipe.draws / recipe.round)
    vectors = torch.from_numpy(teacher)
    while progress.rounds < rounds:
        total, seen = 0.0, 0
        batches = list(lesson.round(progress.rounds))
        for number, batch in enumerate(batches):
            done = progress.rounds + number / len(batches)
            _set_rate(optimiser, recipe, progress.step, done / rounds)
            loss = _loss(encoder, batch, vectors[batch.sentences].float(), recipe)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            progress.step += 1
            total, seen = total + float(loss.detach()) * len(batch.ids), seen + len(batch.ids)
        progress.rounds += 1
        _save(rows, optimiser, progress, folder)
        tell(f"round {progress.rounds}/{rounds}: loss {total / seen:.4f}")


def _loss(encoder: Encoder, batch: Batch, wanted: torch.Tensor, recipe: TableRecipe) -> torch.Tensor:
    found = nn.functional.normalize(encoder.forward(batch.ids), dim=-1)
    wanted = nn.functional.normalize(wanted, dim=-1)
    near = 1 - (found * wanted).sum(-1).mean()
    likeness = wanted @ wanted.T
    # Another wording of the same sentence is no negative.
    masked = (likeness > recipe.too_alike) & ~torch.eye(len(wanted), dtype=torch.bool)
    scores = (found @ wanted.T / recipe.temperature).masked_fill(masked, -math.inf)
    target = torch.arange(len(wanted))
    contrast = (nn.functional.cross_entropy(scores, target) + nn.functional.cross_entropy(scores.T, target)) / 2
    return recipe.cosine_weight * near + recipe.contrast_weight * contrast


def _set_rate(optimiser: torch.optim.Optimizer, recipe: TableRecipe, step: int, done: float) -> None:
    """Linear warm-up, then a cosine to a hundredth."""
    rate = recipe.rate * max(0.01, 0.5 * (1 + math.cos(math.pi * min(1.0, done))))
    for group in optimiser.param_groups:
        group["lr"] = rate * min(1.0, (step + 1) / recipe.warm_up)


def _save(rows: Rows, optimiser: torch.optim.Optimizer, progress: Progress, folder: Path) -> None:
    draft = folder / "progress.part"
    torch.save(
        {
            "rows": rows.new.detach(),
            "optimiser": optimiser.state_dict(),
            "rounds": progress.rounds,
            "step": progress.step,
        },
        draft,
    )
    os.replace(draft, folder / "progress.pt")


def _resume(rows: Rows, optimiser: torch.optim.Optimizer, folder: Path) -> Progress:
    path = folder / "progress.pt"
    if not path.is_file():
        return Progress(0, 0)
    saved = torch.load(path, weights_only=True)
    with torch.no_grad():
        rows.new.copy_(saved["rows"])
    optimiser.load_state_dict(saved["optimiser"])
    return Progress(int(saved["rounds"]), int(saved["step"]))
