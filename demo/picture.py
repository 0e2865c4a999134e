"""The demo's picture: the share of each label over time, with its interval and its denominators."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num

from indexer import Trend

_NAMES = {
    "smuggling_offer": ("Smuggling offers", "#b5441f"),
    "risk_narrative": ("Risk narratives", "#4d6a8f"),
    "xenophobic_framing": ("Xenophobic framing", "#7a3b69"),
    "positive_framing": ("Positive framing", "#3f7d5c"),
}
_FEW = 10
"""Under so many assessed posts a share is drawn hollow: its interval spans half the chart."""


def draw_trend(trend: Trend, path: Path, title: str) -> None:
    """Writes a PNG with one panel a label. Buckets without assessed posts are left open, never drawn as zero."""
    figure, axes = plt.subplots(2, 2, figsize=(10, 6), sharex=True, sharey=True, layout="constrained")
    for panel, (key, (name, colour)) in zip(axes.flat, _NAMES.items(), strict=True):
        _panel(panel, trend, key, name, colour)
    figure.suptitle(title, x=0.01, ha="left", fontsize=13, fontweight="bold")
    assessed = [bucket.assessed for bucket in trend.buckets]
    figure.supxlabel(
        f"share of posts on topic and assessed, by {trend.interval}, with 95 % interval (Wilson); "
        f"{min(assessed)}-{max(assessed)} posts a {trend.interval}; hollow: under {_FEW}; a gap means no posts",
        fontsize=8.5,
        color="#555555",
    )
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _panel(panel: Axes, trend: Trend, key: str, name: str, colour: str) -> None:
    starts = [float(date2num(bucket.start)) for bucket in trend.buckets]
    share = [_percent(bucket.share[key]) for bucket in trend.buckets]
    low = [_percent(bucket.low[key]) for bucket in trend.buckets]
    high = [_percent(bucket.high[key]) for bucket in trend.buckets]
    panel.fill_between(starts, low, high, color=colour, alpha=0.15, linewidth=0)
    panel.plot(starts, share, color=colour, linewidth=1.8)
    for start, value, bucket in zip(starts, share, trend.buckets, strict=True):
        fill = colour if bucket.assessed >= _FEW else "white"
        panel.plot([start], [value], "o", markersize=4.5, markerfacecolor=fill, markeredgecolor=colour)
    panel.set_title(name, loc="left", fontsize=10.5, color=colour)
    panel.set_ylim(0, 100)
    panel.yaxis.set_major_formatter("{x:.0f} %")
    panel.grid(axis="y", color="#e3e3e3", linewidth=0.8)
    panel.set_axisbelow(True)
    panel.tick_params(labelsize=8.5, length=0)
    locator = AutoDateLocator(maxticks=7)
    panel.xaxis.set_major_locator(locator)
    panel.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    panel.spines[["top", "right", "left"]].set_visible(False)
    for label in panel.get_xticklabels():
        label.set_rotation(0)


def _percent(value: float | None) -> float:
    # NaN breaks the line: a week without posts must look like a hole, not like nothing said.
    return float("nan") if value is None else 100 * value
