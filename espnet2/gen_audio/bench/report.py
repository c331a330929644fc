"""What was measured, as a table, as JSON and as a picture."""

import platform
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from espnet2.gen_audio.bench.memory import Peak
from espnet2.gen_audio.bench.timing import Compared
from espnet2.gen_audio.kaldi.atomic_file import atomic_path, write_json

UNET_STEPS = 5  # solver steps that are timed at once


def derived(rows: Sequence[Compared], steps: int) -> dict[str, float]:
    """Return what a whole sound would take, from the medians of its parts.

    Args:
        rows: Parts that were timed.
        steps: Solver steps of the whole.

    Returns:
        Seconds of ours and the peer's, and their ratio; empty if a part is missing.
    """
    named = {row.part: row for row in rows}
    if {"text", "loa_rollout", "unet", "decode"} - named.keys():
        return {}

    def total(arm: str) -> float:
        once = sum(getattr(named[p], arm) for p in ("text", "loa_rollout", "decode"))
        return once + getattr(named["unet"], arm) * steps / UNET_STEPS

    ours, peer = total("ours_s"), total("peer_s")
    return {"steps": steps, "ours_s": ours, "peer_s": peer, "ratio": ours / peer}


def table(rows: Sequence[Compared], totals: Sequence[dict], peaks: list[Peak]) -> str:
    """Return the results for a person.

    Args:
        rows: Parts that were timed.
        totals: What ``derived`` returned.
        peaks: Memory of fresh processes.

    Returns:
        Lines of text.
    """
    lines = [
        f"{'part':<28}{'ours':>10}{'diffusers':>11}{'ratio [95 %]':>24}{'diff.':>10}"
    ]
    for row in rows:
        name = row.part
        if name == "unet":
            name = f"unet, {UNET_STEPS} steps"
        ratio = f"{row.ratio:.3f} [{row.low:.3f}, {row.high:.3f}]"
        apart = "-" if row.difference is None else f"{row.difference:.1e}"
        lines.append(
            f"{name:<28}{row.ours_s:>9.3f}s{row.peer_s:>10.3f}s{ratio:>24}{apart:>10}"
        )
    for total in filter(None, totals):
        name = f"derived total, {total['steps']} steps"
        lines.append(
            f"{name:<28}{total['ours_s']:>9.1f}s{total['peer_s']:>10.1f}s"
            f"{total['ratio']:>15.3f}"
        )
    for peak in peaks:
        share = peak.gigabytes / peaks[0].gigabytes
        lines.append(
            f"peak memory, {peak.arm:<26}{peak.gigabytes:>8.2f} GiB{share:>9.3f}"
        )
    return "\n".join(lines)


def machine() -> dict[str, Any]:
    """Return what the figures depend on beside the code."""
    packages = ("torch", "diffusers", "transformers")
    return {
        "processor": _processor(),
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
        "versions": {name: metadata.version(name) for name in packages},
    }


def write(path: Path, facts: dict, rows: Sequence[Compared], **more: Any) -> None:
    """Write everything as JSON and the ratios as a picture beside it.

    Args:
        path: JSON file.
        facts: Options and machine.
        rows: Parts that were timed.
        **more: Totals and memory.
    """
    write_json(path, facts | {"parts": [row.to_dict() for row in rows]} | more)
    if rows:
        _draw(rows, path.with_suffix(".png"))


def _draw(rows: Sequence[Compared], path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 0.5 + 0.5 * len(rows)), layout="constrained")
    axes = figure.subplots()
    places = range(len(rows))
    spread = [[r.ratio - r.low for r in rows], [r.high - r.ratio for r in rows]]
    axes.barh(places, [r.ratio for r in rows], xerr=spread, color="tab:blue")
    axes.axvline(1.0, color="black", linewidth=0.8)
    axes.set_yticks(places, [r.part for r in rows])
    axes.invert_yaxis()
    axes.set_xlabel("time, ours / diffusers (95 % interval)")
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=120)


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
