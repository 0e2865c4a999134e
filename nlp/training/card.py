"""docs/model.md from model.json: `python -m nlp.training.card > docs/model.md`. Figures are never typed by hand."""

from __future__ import annotations

from typing import Any

from nlp.card import LABELS, ON_TOPIC, ModelCard, model_folder
from nlp.heads import TrainedModel

_HEAD = """\
# The model

Written by `python -m nlp.training.card` out of `nlp/model/{version}/model.json`; do not edit.

**{name} {version}**: heads and a low-rank adapter (rank 8, merged at load) on the packaged all-MiniLM-L6-v2. The encoder's
vocabulary is English; other languages are read as pieces and letters, which is why each has to show its quality before its posts count.

**Intended use**: counting how public posts speak about migration, and pointing people who investigate smuggling at posts to look at.
Labels are leads with a score, not verdicts, and never about persons. Not for decisions about anybody, not for ranking authors.

**Learned from**: {taught:,} texts: the project's own corpus (invented posts, six languages, `nlp/training/corpus/README.md`) and samples
of the public sets named in NOTICE. **Measured on**: {held:,} corpus lines of authors that were held out whole, minimal pairs together,
and {background:,} public posts on other subjects. Thresholds and calibration come from the same lines, cross-fitted: of two halves of
the authors each is measured with what the other half chose. `make demo` prints the figures on posts by another hand.

**What a score means**: `on_topic` is the probability that a post is about migration where half of what arrives is; a label's score is
its probability given that the post is on topic.

**Covered languages** (held-out macro-F1 of the four labels at least 0.60, each at least 0.40, offers' precision at least 0.70, at
least 40 lines):
{covered}.
**Measured and found too weak**, so their posts count as not assessed: {weak}.
"""

_TAIL = """
## Known limits
- One hand (per language) wrote the corpus; no native speaker outside the project has read it. Expect lower figures on real posts.
- Figures per language rest on 60 to 130 lines; an F1 of 0.7 from 15 positives can be anything from 0.45 to 0.85.
- Public hate sets inform `xenophobic_framing`; they define hate more narrowly than our codebook.
- Referral and sub-labels are first versions, and weak where the table above says so; with fewer than 8 held-out positives an output is
  never given (threshold above 1).
- A post is read in windows of 192 tokens, at most 8 of them; of each output the strongest window counts. A text of more windows than were
  measured is not assessed.
- Kind has one answer a post; the protected kinds' recall above is what keeps people in need out of lists of leads, and it is not
  yet good enough to rely on: such a post can stand among leads, so a person reads each lead before acting on it.

## Training it anew
`daymark model train --datasets FOLDER` (about 20 minutes on two idle cores) writes a new version's folder; versions never change. Use
it with `DAYMARK_MODEL=models/VERSION`, then `daymark tag --retag`; going back is the same with the old folder. Correct a label in the
corpus, run the same command, compare `model info` of both.

The rules beside the model (contacts, language, offers, near-copies) and the libraries that they look things up in are part of a
reading, too: after an update that changes them `status` says how many posts `daymark tag --retag` will read again. A source's
`regions` are no part of it: they are used for posts that are read after they were set, so set them when the source is added.
"""


def make_card(card: ModelCard) -> str:
    """The page as Markdown."""
    figures: dict[str, Any] = card.figures
    texts = figures["texts"]
    parts = [
        _HEAD.format(
            name=card.name,
            version=card.version,
            taught=texts["taught"],
            held=texts["held_out"],
            background=texts["background"],
            covered=_languages(card.covered),
            weak=_languages(card.not_covered),
        ),
        "\n## Held-out figures\n",
        "| output | precision | recall | F1 (95 % interval) | AUROC | positives | calibration error | false alarms on other subjects |",
        "|---|---|---|---|---|---|---|---|",
        *(_row(figures, name) for name in (ON_TOPIC, *LABELS)),
        "\n| referral and sub-label outputs | precision | recall | F1 | positives |",
        "|---|---|---|---|---|",
        *(_small_row(figures, name) for name in card.binary[1 + len(LABELS) :]),
        "\n| language | " + " | ".join((ON_TOPIC, *LABELS)) + " |",
        "|---" * (2 + len(LABELS)) + "|",
        *(_language_row(lang, each) for lang, each in figures["by_language"].items()),
        "\nF1, with precision / recall.",
        *_long_rows(figures),
        f"\nKind: accuracy {figures['kind']['accuracy']:.2f} over eleven kinds; recall of the protected kinds "
        f"{figures['kind']['protected_recall']:.2f} (n = {figures['kind']['protected_n']:.0f}).",
        _TAIL,
    ]
    return "\n".join(parts)


def _languages(found: dict[str, dict[str, float]]) -> str:
    return ", ".join(f"{lang} ({each['macro_f1']:.3f})" for lang, each in sorted(found.items())) or "none"


def _row(figures: dict[str, Any], name: str) -> str:
    each = figures["all"].get(name)
    if each is None:
        return f"| {name} | not given: too few held-out positives | | | | | | |"
    low, high = figures["f1_interval"][name]
    return (
        f"| {name} | {each['precision']:.2f} | {each['recall']:.2f} | {each['f1']:.2f} ({low:.2f}-{high:.2f}) | "
        f"{each.get('auroc', float('nan')):.2f} | {each['n']:.0f} | {figures['calibration_error'][name]:.3f} | "
        f"{figures['background_false_alarms'][name]:.2%} |"
    )


def _long_rows(figures: dict[str, Any]) -> list[str]:
    if "long" not in figures:
        return ["\nTexts of more than one window (192 tokens) were not measured, so they count as not assessed."]
    return [
        "\n| in texts of about 2,400 characters | recall of held-out lines among other posts | false alarms without such a line |",
        "|---|---|---|",
        *(f"| {name} | {each['recall']:.2f} | {each['false_alarms']:.2%} |" for name, each in figures["long"].items()),
    ]


def _small_row(figures: dict[str, Any], name: str) -> str:
    each = figures["all"].get(name)
    if each is None:
        return f"| {name} | never given: too few held-out positives | | | |"
    return f"| {name} | {each['precision']:.2f} | {each['recall']:.2f} | {each['f1']:.2f} | {each['n']:.0f} |"


def _language_row(lang: str, each: dict[str, dict[str, float]]) -> str:
    cells = [
        f"{each[name]['f1']:.2f} ({each[name]['precision']:.2f}/{each[name]['recall']:.2f})"
        for name in (ON_TOPIC, *LABELS)
    ]
    return f"| {lang} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    print(make_card(TrainedModel.open(model_folder("package")).card), end="")
