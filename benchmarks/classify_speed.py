"""classify end to end against transformers.pipeline one post at a time: same encoder, same texts, same machine.

Prints posts per second of both, their ratio (asked: at least 6) and the share of posts with the same labels (asked: 99.5 %).
The corpus's lines are the texts: posts of six languages, long and short. The order is A B A B …, the ratio is of medians.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import torch
from transformers import AutoTokenizer, pipeline

from config import ephemeral_key
from nlp import Tagger, TextInput
from nlp.classifier import Classifier
from nlp.encoder import MAX_TOKENS, package_folder
from nlp.training.examples import as_read, read_lines
from records import Label

POSTS = 600
ROUNDS = 3


def cpu_features() -> str:
    """The features of this processor that decide the speed of matrix products."""
    with open("/proc/cpuinfo", encoding="ascii") as file:
        flags = next((line for line in file if line.startswith("flags")), "")
    known = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
    return " ".join(name for name in known if name in flags.split()) or "none of note"


def timed(run: Callable[[], object]) -> float:
    """Seconds of one run."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def main() -> None:
    """Runs both and prints the figures."""
    lines = read_lines()
    lines = lines[:: max(1, len(lines) // POSTS)][:POSTS]
    tagger = Tagger.load(ephemeral_key().contact)
    inputs = [TextInput(text=line.text) for line in lines]
    classifier = Classifier.load()
    plain = [as_read(line.text, line.lang) for line in lines]
    one_by_one = pipeline(
        "feature-extraction",
        model=classifier.encoder.model,
        tokenizer=AutoTokenizer.from_pretrained(package_folder()),
        batch_size=1,
        tokenize_kwargs={"truncation": True, "max_length": MAX_TOKENS},
    )

    def by_pipeline() -> list[tuple[Label, ...]]:
        vectors = torch.stack([torch.tensor(one_by_one(text)[0]).mean(0) for text in plain])
        with torch.inference_mode():
            binary, kind = classifier.model.heads(vectors)
        return [reading.labels for reading in classifier.interpret(binary.numpy().astype(np.float64), kind.numpy())]

    tagger.tag(inputs[:64])
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(timed(by_pipeline))
        ours.append(timed(lambda: tagger.tag(inputs)))
    same = np.mean([a == reading.labels for a, reading in zip(by_pipeline(), classifier.read(plain), strict=True)])
    print(f"machine: {os.cpu_count()} cores, {cpu_features()}; torch threads {torch.get_num_threads()}")
    print(f"transformers.pipeline, batch size 1: {len(lines) / median(theirs):8.1f} posts/s")
    print(f"daymark classify, end to end:        {len(lines) / median(ours):8.1f} posts/s")
    print(f"ratio {median(theirs) / median(ours):.2f} (asked: 6); same labels {same:.2%} (asked: 99.5 %)")


if __name__ == "__main__":
    main()
