"""Random generators of single clips.

A generator seeded by (seed, utterance id) draws the same numbers for a clip in every
batch and job. In validation, all epochs and all models are thus measured at the same
steps and with the same noise.

Shapes: B clips, C channels, T latent frames, F latent bins.
"""

import zlib
from collections.abc import Sequence

import torch


def generator_of(seed: int, utt_id: str) -> torch.Generator:
    """Return the random number generator of one clip.

    Args:
        seed: Seed of the run.
        utt_id: Id of the clip.

    Returns:
        A CPU generator, so that its numbers do not depend on the device.
    """
    # crc32, because Python's hash of a string differs between processes
    return torch.Generator().manual_seed(zlib.crc32(f"{seed}/{utt_id}".encode()))


def generators_of(seed: int, utt_ids: Sequence[str]) -> list[torch.Generator]:
    """Return one random generator per clip.

    Args:
        seed: Seed of the run.
        utt_ids: Ids of the clips.

    Returns:
        CPU generators seeded by (seed, id).
    """
    return [generator_of(seed, utt_id) for utt_id in utt_ids]


def normal_of(
    generators: Sequence[torch.Generator], shape: Sequence[int]
) -> torch.Tensor:
    """Draw standard normal numbers, each clip from its own generator.

    Args:
        generators: One generator per clip.
        shape: Shape of one clip's numbers.

    Returns:
        Noise on the CPU, (B, *shape).
    """
    return torch.stack([torch.randn(*shape, generator=g) for g in generators])


def fraction_of(generator: torch.Generator, part: int, parts: int) -> float:
    """Draw a fraction of the time axis from one of ``parts`` equal intervals.

    Args:
        generator: The clip's generator.
        part: Index of the interval, 0 to ``parts`` - 1.
        parts: Number of intervals.

    Returns:
        A number from 0 to below 1.
    """
    drawn = torch.rand((), generator=generator, dtype=torch.float64).item()
    return (part + drawn) / parts
