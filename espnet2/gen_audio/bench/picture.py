"""A picture of the results: time and memory relative to the baseline."""

from collections.abc import Sequence
from pathlib import Path

from espnet2.gen_audio.bench.memory import Peak
from espnet2.gen_audio.bench.timing import Compared
from espnet2.gen_audio.files.atomic_file import atomic_path


def draw(rows: Sequence[Compared], peaks: Sequence[Peak], path: Path) -> None:
    """Draw a bar for every part and every process.

    Args:
        rows: Parts that were timed.
        peaks: Peak memory; ratios are relative to the first.
        path: PNG file.

    Raises:
        RuntimeError: If matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise RuntimeError(
            f"the picture {path} needs matplotlib; pip install matplotlib, or use the "
            "figures of the JSON file, which is complete"
        ) from error

    count = len(rows) + len(peaks)
    figure = Figure(figsize=(7, 1.0 + 0.35 * count), layout="constrained")
    axes = figure.subplots()
    spread = [[r.ratio - r.low for r in rows], [r.high - r.ratio for r in rows]]
    if rows:
        ratios = [row.ratio for row in rows]
        axes.barh(range(len(rows)), ratios, xerr=spread, label="time, 95 % interval")
    if peaks:
        ratios = [peak.gigabytes / peaks[0].gigabytes for peak in peaks]
        axes.barh(range(len(rows), count), ratios, label="peak memory")
    names = [row.part for row in rows] + [f"memory: {peak.system}" for peak in peaks]
    axes.axvline(1.0, color="black", linewidth=0.8)
    axes.set_yticks(range(count), names)
    axes.invert_yaxis()
    axes.set_xlabel("ratio to diffusers")
    axes.legend(fontsize="small")
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=120)
