"""The results of the benchmark, as lines of text and as plain values for a file."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from espnet2.gen_audio.bench.few_passes import FewPasses
from espnet2.gen_audio.bench.memory import Peak
from espnet2.gen_audio.bench.timing import Compared
from espnet2.gen_audio.bench.training_step import TrainingStep

ONCE = ("text", "loa_generation", "decode")  # parts that run once per sound


@dataclass
class Results:
    """The results of the benchmark.

    Attributes:
        setup: Options, machine, versions, numbers of tokens of the prompt.
        rows: Parts that were timed.
        binding_s: Seconds in which our system caches conditions for the U-Net, once per
            sound.
        compile_s: Seconds of the first steps of the compiled U-Net, including
            compilation.
        unet_speed: Operations and speed of the U-Net, see ``ceiling.achieved``.
        ceilings: GFLOP/s of plain products and convolutions by name.
        peaks: Peak memory of new processes.
        steps: Number of solver steps for which totals are derived.
        training: The cost of a training step, if it was measured.
        few_passes: Whole sounds by a student, if they were measured.
    """

    setup: dict[str, Any]
    rows: list[Compared] = field(default_factory=list)
    binding_s: float = 0.0
    compile_s: float = 0.0
    unet_speed: dict[str, float] = field(default_factory=dict)
    ceilings: dict[str, float] = field(default_factory=dict)
    peaks: list[Peak] = field(default_factory=list)
    steps: Sequence[int] = ()
    training: TrainingStep | None = None
    few_passes: list[FewPasses] = field(default_factory=list)

    def totals(self) -> list[dict[str, float]]:
        """Return the derived totals; an empty list if a part was not timed."""
        made = [derived(self.rows, steps, self.binding_s) for steps in self.steps]
        return [total for total in made if total]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return self.setup | {
            "parts": [row.to_dict() for row in self.rows],
            "derived_totals": self.totals(),
            "binding_s": self.binding_s,
            "compile_s": self.compile_s,
            "unet_speed": self.unet_speed,
            "ceilings_gflops": self.ceilings,
            "memory": [asdict(peak) for peak in self.peaks],
            "few_passes": [each.to_dict() for each in self.few_passes],
            "training": self.training.to_dict() if self.training else None,
        }

    def lines(self) -> list[str]:
        """Return the lines of a table and of its explanations."""
        first = f"{'ours':>10}{'diffusers':>12}{'ratio [95 %]':>23}{'difference':>12}"
        lines = [f"{'part':<34}{first}"] if self.rows else []
        lines += map(_row, self.rows)
        if self.compile_s:
            lines.append(f"{'compiling the U-Net, once':<34}{self.compile_s:>9.1f}s")
        lines += [_loa_of_a_sound(r) for r in self.rows if r.part == "loa_generation"]
        lines += map(_total, self.totals())
        lines += [each.line() for each in self.few_passes]
        lines += [_peak(peak, self.peaks) for peak in self.peaks]
        lines += _speeds(self.unet_speed, self.ceilings)
        lines += self.training.lines() if self.training else []
        return lines


def derived(
    rows: Sequence[Compared], steps: int, binding_s: float = 0.0
) -> dict[str, float]:
    """Return the time of a whole sound, derived from the medians of its parts.

    Args:
        rows: Parts that were timed.
        steps: Number of solver steps.
        binding_s: Seconds that our system needs once beside the parts.

    Returns:
        Seconds of ours and the baseline's, and their ratio; empty if a part is missing.
        The baseline generates LOA twice, the second time for the empty prompt.
    """
    named = {row.part: row for row in rows}
    if {*ONCE, "unet"} - named.keys():
        return {}
    ours = sum(named[part].ours_s for part in ONCE) + binding_s
    theirs = sum(named[part].baseline_s for part in ONCE)
    theirs += named["loa_generation"].baseline_s
    ours += named["unet"].ours_s * steps
    theirs += named["unet"].baseline_s * steps
    total = {"steps": steps, "ours_s": ours, "baseline_s": theirs}
    return total | {"ratio": ours / theirs}


def machine() -> dict[str, Any]:
    """Return the machine and the versions that the figures depend on."""
    packages = ("torch", "diffusers", "transformers")
    return {
        "processor": _processor(),
        "threads": torch.get_num_threads(),
        "versions": {name: metadata.version(name) for name in packages},
    }


def _row(row: Compared) -> str:
    name = row.part if row.units == 1 else f"{row.part}, a step of {row.units}"
    ratio = f"{row.ratio:.3f} [{row.low:.3f}, {row.high:.3f}]"
    times = f"{row.ours_s:>9.3f}s{row.baseline_s:>11.3f}s"
    return f"{name:<34}{times}{ratio:>23}{row.difference:>12.1e}"


def _loa_of_a_sound(row: Compared) -> str:
    """Return GPT-2's time per sound; the baseline also processes the empty prompt."""
    times = f"{row.ours_s:>9.3f}s{2 * row.baseline_s:>11.3f}s"
    return f"{'derived LOA generation of a sound':<34}{times}{row.ratio / 2:>14.3f}"


def _total(total: Mapping[str, float]) -> str:
    name = f"derived total, {total['steps']} steps"
    times = f"{total['ours_s']:>9.1f}s{total['baseline_s']:>11.1f}s"
    return f"{name:<34}{times}{total['ratio']:>14.3f}"


def _peak(peak: Peak, peaks: Sequence[Peak]) -> str:
    ratio = f"{peak.gigabytes / peaks[0].gigabytes:.3f} of {peaks[0].system}"
    name = f"peak memory, {peak.system}"
    return f"{name:<40}{peak.gigabytes:>8.2f} GiB   {ratio}"


def _speeds(unet: Mapping[str, float], ceilings: Mapping[str, float]) -> list[str]:
    speeds = {}
    for system, key in (("ours", "ours"), ("diffusers", "baseline")) if unet else ():
        name = f"U-Net step of {unet[f'{key}_gflop']:.3g} GFLOP, {system}"
        speeds[name] = unet[f"{key}_gflops"]
    speeds |= ceilings
    return [f"{name:<58}{speed:>8.0f} GFLOP/s" for name, speed in speeds.items()]


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
