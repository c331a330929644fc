"""Pictures of the results as PNG files: spectrograms, accuracies, loss curves.

No display is needed. Equal numbers give equal files, byte for byte, with the same
release of matplotlib.
"""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.mel import mel_filter_bank
from espnet2.gen_audio.files.atomic_file import atomic_path
from espnet2.gen_audio.metrics.functional.mel_distance import DECIBELS
from espnet2.gen_audio.metrics.report.row_names import row_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

DPI = 110
DYNAMIC_RANGE = 70.0  # dB below the loudest point of a clip
FREQUENCIES = (250, 1000, 2000, 4000)  # Hz, ticks
COLUMNS = 5  # columns of spectrograms
CAPTION_WIDTH = 26  # characters a line
INK, BLUE, ORANGE, GREY = "#222222", "#2f6f9f", "#d97b29", "#8a8a8a"
PROBE_COLOURS = (BLUE, ORANGE, GREY)
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
        examples: One column per example, at most five columns side by side.
        geometry: Time and frequency of the axes.
        path: PNG to write.

    Raises:
        ValueError: If there is nothing to draw.
    """
    if not examples:
        raise ValueError(
            f"{len(examples)} clips to draw; give --test_data and --generated"
        )
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
                axes = [figure.add_subplot(grid[n, column]) for n in range(len(labels))]
                image = _draw_example(axes, example, labels, geometry)
                _label_frequencies(axes, labels, column == 0)
        bar = figure.colorbar(image, ax=figure.axes, fraction=0.015, pad=0.012)
        bar.set_label("level below the clip's loudest point (dB)")
        _save(figure, path)


def _draw_example(
    axes: Sequence["Axes"],
    example: Example,
    labels: Sequence[str],
    geometry: ClipGeometry,
) -> "AxesImage":
    """Draw the clips of one caption, one below the other; return the last image."""
    for one, label in zip(axes, labels):
        image = _draw_mel(one, example.mels[label], geometry)
        if label != labels[-1]:
            one.set_xticklabels([])
    axes[0].set_title(_wrapped(example.caption), loc="left")
    axes[-1].set_xlabel("time (s)")
    return image


def _label_frequencies(
    axes: Sequence["Axes"], labels: Sequence[str], is_first: bool
) -> None:
    for one, label in zip(axes, labels):
        if is_first:
            one.set_ylabel(f"{label}\nfrequency (Hz)")
        else:
            one.set_yticklabels([])


def draw_curves(curves: Mapping[str, Mapping[str, Any]], path: Path) -> None:
    """Draw training and validation curves, one panel per part.

    Args:
        curves: Entries of ``curves`` in scores.json.
        path: PNG to write.

    Raises:
        ValueError: If there is no curve.
    """
    if not curves:
        raise ValueError(
            f"{len(curves)} curves to draw; give --experiments to bin.score"
        )
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


def draw_probes(scores: Mapping[str, Any], path: Path) -> None:
    """Draw the accuracy of the classifier probes, one group of bars per table row.

    Args:
        scores: Content of scores.json.
        path: PNG to write.

    Raises:
        ValueError: If no clip was classified.
    """
    metrics = [one for one in scores["metrics"] if one["key"] in scores["probes"]]
    keys = [metric["key"] for metric in metrics]
    rows = [row for row in scores["rows"] if any(key in row for key in keys)]
    if not rows:
        raise ValueError(
            f"none of {len(scores['rows'])} rows was classified: the test set has no "
            "utt2label; label some clips"
        )
    with _figure(7.6, 0.42 * len(rows) + 1.3) as figure:
        axes = figure.subplots()
        thickness = 0.8 / len(keys)
        for number, metric in enumerate(metrics):
            places = np.arange(len(rows)) + (number + 0.5) * thickness - 0.4
            colour = PROBE_COLOURS[number % len(PROBE_COLOURS)]
            style = {"height": 0.9 * thickness, "color": colour}
            _draw_bars(axes, rows, metric, places, style)
        chance = scores["probes"][keys[0]]["chance"]
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


def _draw_bars(
    axes: "Axes",
    rows: Sequence[Mapping[str, Any]],
    metric: Mapping[str, Any],
    places: np.ndarray,
    style: Mapping[str, Any],
) -> None:
    """Draw the bar of one probe in each row, with its interval."""
    entries = [row[metric["key"]] for row in rows]
    values, low, high = (
        np.array([entry[name] for entry in entries])
        for name in ("value", "low", "high")
    )
    axes.barh(places, values, label=metric["title"], **style)
    errors = np.clip([values - low, high - values], 0, None)
    whiskers = {"fmt": "none", "ecolor": INK, "elinewidth": 0.8, "capsize": 1.5}
    axes.errorbar(values, places, xerr=errors, **whiskers)


def band_centres(geometry: ClipGeometry) -> np.ndarray:
    """Return the centre frequency of each mel band in hertz, (n_mels,)."""
    bank = mel_filter_bank(geometry).double()
    bins = torch.linspace(0, geometry.sample_rate / 2, bank.shape[1]).double()
    # a narrow low band may contain no bin; its centre is interpolated
    centres = (bank @ bins / bank.sum(1).clamp(min=1e-12)).numpy()
    held = bank.sum(1).numpy() > 0
    numbers = np.arange(len(centres))
    return np.interp(numbers, numbers[held], centres[held])


def _draw_mel(axes: "Axes", mel: np.ndarray, geometry: ClipGeometry) -> "AxesImage":
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


def _draw_curve(axes: "Axes", part: str, curve: Mapping[str, Any]) -> None:
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


@contextmanager
def _figure(width: float, height: float) -> Iterator["Figure"]:
    """Yield a figure without pyplot's global state, in this module's style."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width, height))
        FigureCanvasAgg(figure)
        yield figure


def _save(figure: "Figure", path: Path) -> None:
    with atomic_path(path) as temporary:
        # leave out matplotlib's name and version, which differ between environments
        figure.savefig(
            temporary,
            bbox_inches="tight",
            facecolor="white",
            metadata={"Software": None},
        )
