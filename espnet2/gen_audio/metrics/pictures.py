"""Pictures of a result: spectrograms, judged accuracy, loss curves. PNG, no display.

The same numbers give the same file, byte for byte, with the same matplotlib.
"""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.mel import mel_filter_bank
from espnet2.gen_audio.files.atomic_file import atomic_path
from espnet2.gen_audio.metrics.mel_distance import DECIBELS
from espnet2.gen_audio.metrics.table import row_title

DPI = 110
DYNAMIC_RANGE = 70.0  # dB below the loudest point of a clip
FREQUENCIES = (250, 1000, 2000, 4000)  # Hz, ticks
COLUMNS = 5
CAPTION_WIDTH = 26  # characters a line
INK, BLUE, ORANGE, GREY = "#222222", "#2f6f9f", "#d97b29", "#8a8a8a"
JUDGE_STYLE = {
    "judge_train": (BLUE, "judge fitted on training reconstructions"),
    "judge_heldout": (ORANGE, "judge fitted on held-out reconstructions"),
    "judge_raw": (GREY, "judge fitted on raw recordings"),
}
STYLE = {
    "font.size": 9,
    "axes.edgecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "figure.dpi": DPI,
}


@dataclass(frozen=True)
class Example:
    """One caption with the clips that are shown for it.

    Args:
        caption: The caption.
        mels: Log-mel of each shown clip by its label, (frames, n_mels).
    """

    caption: str
    mels: Mapping[str, np.ndarray]


def draw_spectrograms(
    examples: Sequence[Example], geometry: ClipGeometry, path: Path
) -> None:
    """Draw recordings and generated clips below their captions.

    Args:
        examples: One column each, up to five beside each other.
        geometry: Time and frequency of the axes.
        path: PNG to write.

    Raises:
        ValueError: If there is nothing to draw.
    """
    if not examples:
        raise ValueError("no clip to draw; give --test_data and --generated")
    labels = list(examples[0].mels)
    columns = min(COLUMNS, len(examples))
    bands = -(-len(examples) // columns)
    with _figure(2.35 * columns + 0.9, bands * (1.45 * len(labels) + 0.75)) as figure:
        outer = figure.add_gridspec(bands, 1, hspace=0.36)
        for band in range(bands):
            grid = outer[band].subgridspec(
                len(labels), columns, hspace=0.12, wspace=0.1
            )
            for column, example in enumerate(examples[band * columns :][:columns]):
                for row, label in enumerate(labels):
                    axes = figure.add_subplot(grid[row, column])
                    image = _draw_mel(axes, example.mels[label], geometry)
                    if row == 0:
                        axes.set_title(_wrapped(example.caption), loc="left")
                    if row < len(labels) - 1:
                        axes.set_xticklabels([])
                    else:
                        axes.set_xlabel("time (s)")
                    if column == 0:
                        axes.set_ylabel(f"{label}\nfrequency (Hz)")
                    else:
                        axes.set_yticklabels([])
        bar = figure.colorbar(image, ax=figure.axes, fraction=0.015, pad=0.012)
        bar.set_label("level below the clip's loudest point (dB)")
        _save(figure, path)


def draw_curves(curves: Mapping[str, Mapping[str, Any]], path: Path) -> None:
    """Draw training and validation curves, one panel a part.

    Args:
        curves: Entries of ``curves`` in scores.json.
        path: PNG to write.

    Raises:
        ValueError: If there is no curve.
    """
    if not curves:
        raise ValueError("no curve to draw; give --experiments to score")
    columns = min(3, len(curves))
    rows = -(-len(curves) // columns)
    with _figure(3.3 * columns, 2.5 * rows) as figure:
        grid = figure.subplots(rows, columns, squeeze=False)
        for axes in grid.flat[len(curves) :]:
            axes.set_axis_off()
        for axes, (part, curve) in zip(grid.flat, curves.items()):
            _draw_curve(axes, part, curve)
        figure.tight_layout()
        _save(figure, path)


def draw_judges(scores: Mapping[str, Any], path: Path) -> None:
    """Draw judged accuracy with intervals, rows of the table downwards.

    Args:
        scores: Content of scores.json.
        path: PNG to write.

    Raises:
        ValueError: If nothing was judged.
    """
    keys = [key for key in JUDGE_STYLE if key in scores["judges"]]
    rows = [row for row in scores["rows"] if any(key in row for key in keys)]
    if not rows:
        raise ValueError("nothing was judged: the test set has no utt2label")
    thickness = 0.8 / len(keys)
    with _figure(7.6, 0.42 * len(rows) + 1.3) as figure:
        axes = figure.subplots()
        for number, key in enumerate(keys):
            colour, label = JUDGE_STYLE[key]
            places = np.arange(len(rows)) + (number + 0.5) * thickness - 0.4
            values = np.array([row[key]["value"] for row in rows])
            low = np.array([row[key]["low"] for row in rows])
            high = np.array([row[key]["high"] for row in rows])
            errors = np.clip([values - low, high - values], 0, None)
            axes.barh(places, values, 0.9 * thickness, color=colour, label=label)
            style = {"fmt": "none", "ecolor": INK, "elinewidth": 0.8, "capsize": 1.5}
            axes.errorbar(values, places, xerr=errors, **style)
        chance = scores["judges"][keys[0]]["chance"]
        axes.axvline(chance, color=INK, linestyle=":", linewidth=1)
        axes.annotate(
            "chance", (chance, -0.55), (2, 0), textcoords="offset points", va="bottom"
        )
        names = [textwrap.fill(row_title(row["name"]), 34) for row in rows]
        axes.set_yticks(range(len(rows)), names)
        axes.set_ylim(len(rows) - 0.4, -0.7)
        axes.set_xlim(0, 1)
        axes.set_xlabel("macro-averaged accuracy, with 95 % intervals")
        axes.legend(
            loc="lower center", bbox_to_anchor=(0.3, 1.0), ncols=1, frameon=False
        )
        figure.tight_layout()
        _save(figure, path)


def band_centres(geometry: ClipGeometry) -> np.ndarray:
    """Return the centre frequency of each mel band in hertz, (n_mels,)."""
    bank = mel_filter_bank(geometry).double()
    bins = torch.linspace(0, geometry.sample_rate / 2, bank.shape[1]).double()
    # narrow low bands may hold no bin; their neighbours' centres enclose them
    centres = (bank @ bins / bank.sum(1).clamp(min=1e-12)).numpy()
    held = bank.sum(1).numpy() > 0
    numbers = np.arange(len(centres))
    return np.interp(numbers, numbers[held], centres[held])


def _draw_mel(axes: Any, mel: np.ndarray, geometry: ClipGeometry) -> Any:
    level = np.asarray(mel) * DECIBELS
    frames, bands = level.shape
    seconds = frames * geometry.hop / geometry.sample_rate
    image = axes.imshow(
        level.T - level.max(),
        origin="lower",
        aspect="auto",
        extent=(0, seconds, -0.5, bands - 0.5),
        cmap="magma",
        vmin=-DYNAMIC_RANGE,
        vmax=0,
        interpolation="nearest",
    )
    shown = [f for f in FREQUENCIES if geometry.mel_low < f < geometry.mel_high]
    centres = band_centres(geometry)
    axes.set_yticks(np.interp(shown, centres, np.arange(bands)), shown)
    axes.tick_params(length=2)
    return image


def _draw_curve(axes: Any, part: str, curve: Mapping[str, Any]) -> None:
    epochs = curve["epochs"]
    marker = "o" if len(epochs) <= 30 else None
    style = {"marker": marker, "markersize": 3, "linewidth": 1.2}
    train = [np.nan if value is None else value for value in curve["train"]]
    if np.isfinite(train).any():
        axes.plot(epochs, train, color=GREY, label="training", **style)
    axes.plot(epochs, curve["valid"], color=BLUE, label="validation", **style)
    best = (curve["best_epoch"], curve["best"])
    axes.plot(*best, marker="o", markersize=8, color=ORANGE, fillstyle="none")
    axes.annotate(
        f"{curve['best']:.3g}", best, (0, 7), textcoords="offset points", ha="right"
    )
    axes.set_title(f"{part}: {curve['key']}", loc="left")
    axes.set_xlabel("epoch")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.margins(y=0.15)
    axes.legend(frameon=False, fontsize=8)


def _wrapped(caption: str) -> str:
    lines = textwrap.wrap(caption, CAPTION_WIDTH)
    if len(lines) > 3:
        lines = [*lines[:2], textwrap.shorten(" ".join(lines[2:]), CAPTION_WIDTH - 2)]
    return "\n".join(lines)


class _figure:
    """A figure without pyplot's global state, in this module's style."""

    def __init__(self, width: float, height: float):
        self.size = (width, height)

    def __enter__(self) -> Any:
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self._style = matplotlib.rc_context(STYLE)
        self._style.__enter__()
        figure = Figure(figsize=self.size)
        FigureCanvasAgg(figure)
        return figure

    def __exit__(self, *error: object) -> None:
        self._style.__exit__(*error)


def _save(figure: Any, path: Path) -> None:
    with atomic_path(path) as temporary:
        # without the library's name and version, which differ between installs
        figure.savefig(
            temporary,
            bbox_inches="tight",
            facecolor="white",
            metadata={"Software": None},
        )
