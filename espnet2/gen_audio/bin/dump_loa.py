"""Store the AudioMAE features of every clip of a data folder.

Writes loa.ark, loa.scp and loa_shape: one matrix per clip, (P, D), unpooled and in
time-major order, so that training can draw the pooling factor; (512, 768) at published
sizes. With --loa_factor the features are pooled to LOA, (L, D), which is smaller by the
square of the factor, but can be used with this factor only.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from espnet2.gen_audio.audiomae.espnet_model import ESPnetAudioMAEModel
from espnet2.gen_audio.audiomae.loa import pool_patches
from espnet2.gen_audio.checkpoint.experiment import load_experiment
from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.device import usable_device
from espnet2.gen_audio.cli.number_options import THREADS, whole_number
from espnet2.gen_audio.compat import MATRIX_BITS
from espnet2.gen_audio.kaldi.matrices import write_matrices
from espnet2.gen_audio.preprocess.clip_batches import choose_clips, read_batches


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--data_dir", type=Path, required=True, help="data folder with wav.scp")
    add("--model_dir", type=Path, required=True, help="experiment of AudioMAE")
    add("--weights", help="file of weights; default: best validation epoch")
    add("--output_dir", type=Path, required=True, help="folder for loa.{ark,scp}")
    add("--key_file", type=Path, help="file with the ids to use; default: all ids")
    add(
        "--loa_factor",
        type=whole_number(1),
        help="pool over this many patches along each side",
    )
    text = "bits of a number: 32, or Kaldi's compressed matrices of 16 or 8"
    add("--bits", type=whole_number(8, 32), choices=MATRIX_BITS, default=32, help=text)
    add("--batch_size", type=whole_number(1), default=16, help="clips per batch")
    add("--num_threads", type=THREADS, help="CPU threads of the network")
    add("--device", type=usable_device, default="cpu", help="cpu or cuda")
    return parser


@torch.no_grad()
def encode(
    model: ESPnetAudioMAEModel, audio: torch.Tensor, loa_factor: int | None = None
) -> np.ndarray:
    """Return the features of every clip, in the form of archives.

    Args:
        model: AudioMAE.
        audio: Clips, (B, T).
        loa_factor: Pooling factor; None for patches without pooling.

    Returns:
        Features, (B, P, D) or (B, L, D).
    """
    features = model.patch_features(audio)
    if loa_factor is not None:
        factors = model.geometry.pool_factors(loa_factor)
        features = pool_patches(features, model.encoder.grid, factors)
    return features.float().cpu().numpy()


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Encode a data folder.

    Args:
        cmd: Arguments; None takes those of the process.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    if args.num_threads:
        torch.set_num_threads(args.num_threads)
    clips = choose_clips(args.data_dir, args.key_file)
    model = load_experiment(args.model_dir, args.weights, parts=("audiomae",))
    model.to(args.device)
    encoded = (
        item
        for names, audio in read_batches(clips, model.geometry, args.batch_size)
        for item in zip(names, encode(model, audio.to(args.device), args.loa_factor))
    )
    write_matrices(args.output_dir, "loa", encoded, len(clips), args.bits)


if __name__ == "__main__":
    main()
