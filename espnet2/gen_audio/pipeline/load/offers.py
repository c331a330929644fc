"""What a stored system offers, read from its index without loading a part."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from espnet2.gen_audio.checkpoint.archive.folder import read_index
from espnet2.gen_audio.checkpoint.experiment import read_config
from espnet2.gen_audio.pipeline.load.converted import STUDENT, folder_of
from espnet2.gen_audio.pipeline.options import EDITING, QUICK, SAMPLERS, SamplingOptions

_NO_STUDENT = (
    "it has no student; train one (--distil true of the recipe) and pack it with "
    "--student_dir"
)


@dataclass(frozen=True)
class Offers:
    """What can be asked of a system.

    Attributes:
        parts: Names of its networks and encoders.
        scales: Smallest and largest guidance scale of its student; None without one.
    """

    parts: tuple[str, ...]
    scales: tuple[float, float] | None = None

    @property
    def presets(self) -> list[str]:
        """Names of the presets that it can sample with."""
        there = self.scales is not None
        return [name for name, o in SAMPLERS.items() if there or not o.by_student]

    def lines(self) -> list[str]:
        """Describe it, a line for each subject."""
        steps = [f"{name} ({SAMPLERS[name].steps} steps)" for name in self.presets]
        lines = [f"parts: {', '.join(self.parts)}", f"presets: {', '.join(steps)}"]
        if self.scales is None:
            lines.append(f"not {' and '.join(QUICK)}: {_NO_STUDENT}")
        else:
            low, high = self.scales
            lines.append(
                f"{' and '.join(QUICK)}: guidance scales {low:g} to {high:g}, without "
                "negative prompts; tasks that keep a given latent need the preset "
                f"{EDITING}"
            )
        return lines


def offers_of(model: str | Path) -> Offers:
    """Read what a system offers.

    Args:
        model: Converted folder, packed archive or tag of ESPnet's model zoo.

    Returns:
        Its offers.

    Raises:
        ValueError: If it is no system.
    """
    folder = folder_of(model)
    parts = tuple(read_index(folder)["parts"])
    if STUDENT not in parts:
        return Offers(parts)
    return Offers(parts, _scales_of(read_config(folder / STUDENT)))


def _scales_of(config: Mapping[str, Any]) -> tuple[float, float]:
    """Return the guidance scales of a student; by default those of its class."""
    from espnet2.gen_audio.diffusion.student.espnet_model import GUIDANCE_RANGE

    low, high = (config.get("model_conf") or {}).get("guidance_range", GUIDANCE_RANGE)
    return float(low), float(high)


def say(model: str) -> str:
    """Describe what a system offers in one line.

    Args:
        model: See ``offers_of``.

    Returns:
        The line.
    """
    return "; ".join(offers_of(model).lines())


def refuse_unoffered(options: SamplingOptions, model: str | Path) -> None:
    """Refuse a preset that a system lacks, before its parts are loaded.

    Args:
        options: Sampling options.
        model: See ``offers_of``.

    Raises:
        ValueError: If a student is to sample, and there is none.
    """
    if options.by_student and offers_of(model).scales is None:
        raise ValueError(
            f"{model} does not offer {' or '.join(QUICK)}: {_NO_STUDENT}, or use the "
            "preset fast"
        )
