"""Our system and the baseline, loaded, and common inputs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from espnet2.gen_audio.bench.prompts import PROMPT
from espnet2.gen_audio.pipeline.load.converted import load_converted
from espnet2.gen_audio.pipeline.precision import dtype_of
from espnet2.gen_audio.pipeline.system import System

if TYPE_CHECKING:
    from diffusers import AudioLDM2Pipeline

Work = Callable[[], torch.Tensor]


@dataclass(frozen=True)
class Job:
    """Equal work for our system and for the baseline.

    Attributes:
        part: Name of the work.
        ours: Function that does the work with our system and returns a result to
            compare.
        baseline: Function that does the work with the baseline.
        units: Number of units of work in one call; times are given per unit.
    """

    part: str
    ours: Work
    baseline: Work
    units: int = 1


@dataclass
class Pair:
    """Both systems, loaded.

    Attributes:
        ours: Our system.
        baseline: diffusers' pipeline.
        batch: Number of clips per batch.
        tokens: LOA tokens that condition the U-Net and that GPT-2 generates.
        prompt: The caption of every clip.
        generator: Random generator of the inputs.
    """

    ours: System
    baseline: "AudioLDM2Pipeline"
    batch: int
    tokens: int
    prompt: str = PROMPT
    generator: torch.Generator = field(
        default_factory=lambda: torch.Generator().manual_seed(0)
    )

    @property
    def prompts(self) -> list[str]:
        """The caption, once for each clip."""
        return [self.prompt] * self.batch

    def random(self, *shape: int) -> torch.Tensor:
        """Return standard normal numbers."""
        return torch.randn(*shape, generator=self.generator)

    def for_baseline(self, values: torch.Tensor) -> torch.Tensor:
        """Convert numbers to the precision and device of the baseline."""
        weight = next(self.baseline.unet.parameters())
        return values.to(weight.device, weight.dtype)

    def for_ours(self, values: torch.Tensor) -> torch.Tensor:
        """Convert numbers to the precision and device of our system."""
        return values.to(self.ours.device, self.ours.dtype)

    def prompt_lengths(self) -> dict[str, int]:
        """Return the number of tokens of the caption for each encoder."""
        pipe, words = self.baseline, [self.prompt]
        return {
            "clap": len(pipe.tokenizer(words).input_ids[0]),
            "flan_t5": len(pipe.tokenizer_2(words).input_ids[0]),
        }


def open_pair(
    folders: tuple[Path, Path],
    batch: int = 1,
    tokens: int = 8,
    dtypes: tuple[str, str] = ("float32", "float32"),
    device: str = "cpu",
) -> Pair:
    """Load both systems.

    Args:
        folders: Folder of diffusers and ours.
        batch: Number of clips per batch.
        tokens: LOA tokens.
        dtypes: Our precision and the baseline's.
        device: Device of both.

    Returns:
        The pair.
    """
    baseline = open_baseline(folders[0], dtypes[1], device)
    ours = load_converted(folders[1], device=device, dtype=dtypes[0])
    return Pair(ours, baseline, batch, tokens)


def open_baseline(folder: Path, dtype: str, device: str = "cpu") -> "AudioLDM2Pipeline":
    """Load diffusers' pipeline.

    Args:
        folder: Its folder; its index must name the class of language model that the
            installed pipeline needs.
        dtype: Its precision.
        device: Its device.

    Returns:
        The pipeline, without progress bar.
    """
    from diffusers import AudioLDM2Pipeline

    pipe = AudioLDM2Pipeline.from_pretrained(folder, torch_dtype=dtype_of(dtype))
    pipe.set_progress_bar_config(disable=True)
    return pipe.to(device)
