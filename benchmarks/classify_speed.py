"""classify end to end against transformers.pipeline one post at a time: same encoder, same texts, same machine.

Prints posts per second of both, their ratio (asked: at least 6) and the share of posts with the same labels (asked: 99.5 %).
The corpus's lines are the texts: posts of six languages, long and short. The order is A B A B …, the ratio is of medians.
The pipeline runs as its users have it, in float32; ours in the precision that suits the processor, so that the share of equal
labels is the price of speed. The matrix-product limit printed with it says what the processor has left to give.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import torch
from transformers import AutoTokenizer, pipeline

from benchmarks.bars import Bars
from config import ephemeral_key
from nlp import Tagger, TextInput
from nlp.classifier import Classifier
from nlp.encoder import MAX_TOKENS, best_precision, package_folder
from nlp.training.examples import as_read, read_lines
from records import Label

POSTS = 600
ROUNDS = 3
RATIO, SAME = 6.0, 0.995
"""Asked of the speed, and of the share of posts with the same labels."""


def cpu_features() -> str:
    """The features of this processor that decide the speed of matrix products."""
    with open("/proc/cpuinfo", encoding="ascii") as file:
        flags = next((line for line in file if line.startswith("flags")), "")
    known = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
    return " ".join(name for name in known if name in flags.split()) or "none of note"


def known_miss() -> str:
    """A remark for the ratio's line on processors that cannot reach it: fp32 products alone would take half of the time."""
    if best_precision() is torch.bfloat16:
        return ""
    return "; not to be reached on this processor, which has neither bf16 nor AMX: docs/benchmarks.md"


def timed(run: Callable[[], object]) -> float:
    """Seconds of one run."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def matrix_limit(precision: torch.dtype) -> float:
    """Floating-point operations a second that this machine reaches in products of the encoder's largest shape."""
    left, right = torch.randn(1024, 384, dtype=precision), torch.randn(1536, 384, dtype=precision)
    seconds = min(timed(lambda: [torch.nn.functional.linear(left, right) for _ in range(20)]) for _ in range(5))
    return 20 * 2 * 1024 * 384 * 1536 / seconds


def multiplications(model: torch.nn.Module) -> int:
    """Weights that each token meets, in the layers' matrices. Attention between tokens comes on top, a few per cent."""
    return sum(weight.numel() for name, weight in model.named_parameters() if ".layer." in name and weight.dim() == 2)


def main() -> None:
    """Runs both and prints the figures. Raises SystemExit with status 1 where a bar is missed."""
    lines = read_lines()
    lines = lines[:: max(1, len(lines) // POSTS)][:POSTS]
    tagger = Tagger.load(ephemeral_key().contact)
    inputs = [TextInput(text=line.text) for line in lines]
    classifier = Classifier.load(precision=torch.float32)
    plain = [as_read(line.text, line.lang) for line in lines]
    one_by_one = pipeline(
        "feature-extraction",
        model=classifier.encoder.model,
        tokenizer=AutoTokenizer.from_pretrained(package_folder()),
        batch_size=1,
        tokenize_kwargs={"truncation": True, "max_length": MAX_TOKENS},
        return_tensors=True,
    )

    def by_pipeline() -> list[tuple[Label, ...]]:
        vectors = torch.stack([one_by_one(text)[0].mean(0) for text in plain])
        with torch.inference_mode():
            binary, kind = classifier.model.heads(vectors)
        return [reading.labels for reading in classifier.interpret(binary.numpy().astype(np.float64), kind.numpy())]

    ours_read = Classifier.load()
    tagger.tag(inputs[:64])
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(timed(by_pipeline))
        ours.append(timed(lambda: tagger.tag(inputs)))
    same = np.mean([a == reading.labels for a, reading in zip(by_pipeline(), ours_read.read(plain), strict=True)])
    tokens = sum(map(len, classifier.encoder.tokenise(plain)))
    print(
        f"machine: {os.cpu_count()} cores, {cpu_features()}; torch threads {torch.get_num_threads()}, {best_precision()}"
    )
    print(f"transformers.pipeline, batch size 1: {len(lines) / median(theirs):8.1f} posts/s")
    print(f"daymark classify, end to end:        {len(lines) / median(ours):8.1f} posts/s")
    limit = matrix_limit(best_precision())
    share = tokens / median(ours) * multiplications(classifier.encoder.model) * 2 / limit
    print(f"matrix products alone reach {limit / 1e9:.0f} GFLOP/s here; classify, end to end, uses {share:.0%} of that")
    bars, ratio = Bars(), median(theirs) / median(ours)
    print(f"ratio {ratio:.2f} ({bars.least('ratio', ratio, RATIO)}{known_miss()})")
    print(f"same labels {same:.2%} ({bars.least('same labels', float(same), SAME, '.1%')})")
    bars.end()


if __name__ == "__main__":
    main()
