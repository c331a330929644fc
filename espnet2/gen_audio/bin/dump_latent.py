"""Store the VAE's posterior of every clip of a data folder.

Writes latent.ark, latent.scp and latent_shape: one matrix per clip, (T', 2 C F'), with
C F' means and then C F' log-variances per latent frame; (256, 256) at published sizes.
Training draws latents from the posterior, so one dump is sufficient for all epochs.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from espnet2.gen_audio.checkpoint.experiment import load_experiment
from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.device import usable_device
from espnet2.gen_audio.cli.number_options import THREADS, whole_number
from espnet2.gen_audio.compat import MATRIX_BITS
from espnet2.gen_audio.kaldi.matrices import write_matrices
from espnet2.gen_audio.preprocess.clip_batches import choose_clips, read_batches
from espnet2.gen_audio.vae.espnet_model import ESPnetGANVAEModel
from espnet2.gen_audio.vae.posterior import posterior_to_frames


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--data_dir", type=Path, required=True, help="data folder with wav.scp")
    add("--model_dir", type=Path, required=True, help="experiment of the VAE")
    add("--weights", help="file of weights; default: best validation epoch")
    add("--output_dir", type=Path, required=True, help="folder for latent.{ark,scp}")
    add("--key_file", type=Path, help="file with the ids to use; default: all ids")
    text = "bits of a number: 32, or Kaldi's compressed matrices of 16 or 8"
    add("--bits", type=whole_number(8, 32), choices=MATRIX_BITS, default=32, help=text)
    add("--batch_size", type=whole_number(1), default=16, help="clips per batch")
    add("--num_threads", type=THREADS, help="CPU threads of the network")
    add("--device", type=usable_device, default="cpu", help="cpu or cuda")
    return parser


@torch.no_grad()
def encode(model: ESPnetGANVAEModel, audio: torch.Tensor) -> np.ndarray:
    """Return the posterior of each clip, in the form of archives.

    Args:
        model: The VAE.
        audio: (B, S).

    Returns:
        Mean and log-variance, (B, T', 2 C F').
    """
    mean, log_variance = model.vae.encode(model.log_mel(audio))
    return posterior_to_frames(mean, log_variance).cpu().numpy()


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
    model = load_experiment(args.model_dir, args.weights, parts=("vae",))
    model.to(args.device)
    encoded = (
        item
        for names, audio in read_batches(clips, model.geometry, args.batch_size)
        for item in zip(names, encode(model, audio.to(args.device)))
    )
    write_matrices(args.output_dir, "latent", encoded, len(clips), args.bits)


if __name__ == "__main__":
    main()
