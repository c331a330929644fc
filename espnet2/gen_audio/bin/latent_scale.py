"""Measure the latent scale, which scales training latents to a standard deviation of 1.

Draws one latent from each posterior and writes 1 / std, where std is the standard
deviation of all values of these latents. The id of a clip seeds its draw, so the number
does not depend on the order of clips. Of a long list, --most_clips are read, evenly
spread: of 20,000 clips the standard deviation is known to a thousandth.
"""

import argparse
import logging
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.number_options import whole_number
from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.files.progress import progress
from espnet2.gen_audio.kaldi.listed_data import ListedMatrices
from espnet2.gen_audio.seeding import generator_of
from espnet2.gen_audio.vae.posterior import frames_to_posterior, sample_posterior


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--latent_scp", type=Path, required=True, help="posteriors of the training set")
    add("--output", type=Path, required=True, help="file to write the number to")
    text = "clips that are read, evenly spread over the list"
    add("--most_clips", type=whole_number(1), default=20000, help=text)
    add("--seed", type=whole_number(0), default=0, help="seed of the samples")
    return parser


def measure_scale(samples: Iterable[torch.Tensor]) -> float:
    """Return 1 / std over all elements of all samples.

    Args:
        samples: Latents of any shape.

    Returns:
        The latent scale.

    Raises:
        ValueError: If the samples are empty, constant or not finite.
    """
    count, total, total_square = 0, 0.0, 0.0
    for sample in samples:
        values = sample.double()  # float32 sums are inaccurate for a large set
        count += values.numel()
        total += values.sum().item()
        total_square += values.square().sum().item()
    variance = (total_square - total**2 / count) / (count - 1) if count > 1 else 0.0
    if not (math.isfinite(variance) and variance > 0.0):
        raise ValueError(
            f"{count} latent values have variance {variance}; a trained VAE and at "
            "least one clip that is not silent are needed"
        )
    return variance**-0.5


def spread(ids: Sequence[str], most: int) -> list[str]:
    """Return at most so many ids, evenly spread over the list.

    Args:
        ids: All ids.
        most: Largest number of ids.

    Returns:
        Ids in order; all, if there are no more.
    """
    count = min(len(ids), most)
    return [ids[place * len(ids) // count] for place in range(count)]


def draw(
    matrices: Mapping[str, np.ndarray], ids: Iterable[str], seed: int
) -> Iterator[torch.Tensor]:
    """Draw one sample of each of some stored posteriors.

    Args:
        matrices: Posteriors by id, (T', 2 C F') each.
        ids: Their ids.
        seed: Seed of the samples.

    Yields:
        One latent per clip, with all values as one channel, (1, 1, T', C F').
    """
    for utt_id in ids:
        frames = torch.from_numpy(np.array(matrices[utt_id])).unsqueeze(0)
        # the std does not depend on the arrangement of channels
        mean, log_variance = frames_to_posterior(frames, channels=1)
        yield sample_posterior(mean, log_variance, generator_of(seed, utt_id))


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Measure and write the latent scale.

    Args:
        cmd: Arguments; None takes those of the process.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    matrices = ListedMatrices(args.latent_scp)
    some = spread(list(matrices), args.most_clips)
    samples = draw(matrices, some, args.seed)
    scale = measure_scale(progress(samples, len(some), "latent_scale"))
    write_text(args.output, f"{scale:.9g}\n")
    logging.info("latent scale %.6g is in %s", scale, args.output)


if __name__ == "__main__":
    main()
