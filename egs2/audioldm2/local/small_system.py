"""The trained system that the scripts beside this one measure and draw."""

import argparse
from pathlib import Path

import torch

from espnet2.gen_audio.pipeline.load.experiments import PartFolders, load_experiments
from espnet2.gen_audio.pipeline.precision import DTYPES, dtype_of
from espnet2.gen_audio.pipeline.system import System
from espnet2.gen_audio.requests.systems import ENCODER, encoder_of


def system_parser(text: str) -> argparse.ArgumentParser:
    """Return a parser with the options that name the system; text is its help."""
    parser = argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for part in ("joint", "vae", "audiomae"):
        option = f"--{part}_dir"
        parser.add_argument(option, type=Path, required=True, help="its experiment")
    for stream in ("sentence", "tokens"):
        parser.add_argument(f"--{stream}_encoder", default=ENCODER)
    parser.add_argument("--vocoder", default="griffin_lim", help="or an experiment")
    parser.add_argument("--dtype", choices=DTYPES, default="float32")
    parser.set_defaults(units_model=None, device="cpu")
    return parser


def system_of(args: argparse.Namespace) -> System:
    """Load the system that the options name; one thread."""
    torch.set_num_threads(1)
    folders = PartFolders(
        args.vae_dir, args.vocoder, args.joint_dir, audiomae=args.audiomae_dir
    )
    dtype = dtype_of(args.dtype)
    return load_experiments(folders, encoder_of(args), dtype=dtype)
