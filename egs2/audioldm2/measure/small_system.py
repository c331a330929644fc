"""Options and loading of the trained system, for the scripts that measure and draw."""

import argparse
from pathlib import Path

import torch

from espnet2.gen_audio.generation_options.model_options import ENCODER, encoder_of
from espnet2.gen_audio.pipeline.load.experiments import PartFolders, load_experiments
from espnet2.gen_audio.pipeline.precision import DTYPES, dtype_of
from espnet2.gen_audio.pipeline.system import System


def system_parser(text: str) -> argparse.ArgumentParser:
    """Return a parser with the options of the system and the description ``text``."""
    parser = argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for part in ("joint", "vae", "audiomae"):
        option = f"--{part}_dir"
        help_text = f"experiment of the part {part}"
        parser.add_argument(option, type=Path, required=True, help=help_text)
    for stream in ("sentence", "tokens"):
        help_text = f"encoder of captions for the condition {stream}"
        parser.add_argument(f"--{stream}_encoder", default=ENCODER, help=help_text)
    add = parser.add_argument
    add("--vocoder", default="griffin_lim", help="experiment, or griffin_lim")
    add("--dtype", choices=DTYPES, default="float32", help="precision of the networks")
    parser.set_defaults(units_model=None, device="cpu")
    return parser


def system_of(args: argparse.Namespace) -> System:
    """Load the system that the options name, for one CPU thread."""
    torch.set_num_threads(1)
    folders = PartFolders(
        args.vae_dir, args.vocoder, args.joint_dir, audiomae=args.audiomae_dir
    )
    dtype = dtype_of(args.dtype)
    return load_experiments(folders, encoder_of(args), dtype=dtype)
