"""Checks of ``--sources``, the LOA that the rows of the result table are made with."""

import argparse
from collections.abc import Sequence

from espnet2.gen_audio.compat import read_matrices
from espnet2.gen_audio.generation_options.checks import refuse_missing
from espnet2.gen_audio.kaldi.caption_file import read_captions
from espnet2.gen_audio.pipeline.reference_loa import SOURCES, other_ids
from espnet2.gen_audio.pipeline.system import System


def check_sources(args: argparse.Namespace) -> None:
    """Refuse LOA sources that are unknown, or lack what they are read from.

    Args:
        args: Options of the command.

    Raises:
        ValueError: If a source cannot be used.
    """
    given = " ".join(args.sources)
    unknown = sorted(set(args.sources) - SOURCES.keys())
    if unknown:
        raise ValueError(
            f"--sources {' '.join(unknown)} is unknown; choose from "
            f"{', '.join(SOURCES)}"
        )
    if args.model and "untrained" in args.sources:
        raise ValueError(
            f"--sources {given}: 'untrained' needs the configs of trainings: give "
            "--ldm_dir and --loa_lm_dir, or --joint_dir, in place of --model"
        )
    if args.task != "text_to_audio" and args.sources != ["predicted"]:
        raise ValueError(f"--task {args.task} needs --sources predicted, not {given}")
    for source, option in (("true", "loa_scp"), ("mean", "train_loa_scp")):
        if source in args.sources and getattr(args, option) is None:
            raise ValueError(f"--sources {source} needs --{option}")


def check_references(args: argparse.Namespace) -> None:
    """Refuse LOA sources whose tables lack what the captions need.

    Args:
        args: Options of the command.

    Raises:
        FileNotFoundError: If there is no such index.
        ValueError: If a caption has no recorded LOA, or there is no other caption.
    """
    captions = read_captions(args.text)
    if "other" in args.sources:
        other_ids(list(captions))
    refuse_missing(args, ("loa_scp", "train_loa_scp"))
    if "true" in args.sources:
        own = read_captions(args.text, args.key_file)
        lacking = own.keys() - read_matrices(args.loa_scp).keys()
        if lacking:
            raise ValueError(
                f"--loa_scp: {args.loa_scp} has no LOA of {min(lacking)} and "
                f"{len(lacking) - 1} more ids; leave 'true' out of --sources"
            )


def refuse_missing_loa(sources: Sequence[str], system: System) -> None:
    """Refuse rows that compare LOA for a system without LOA.

    Args:
        sources: Names in SOURCES.
        system: The parts.

    Raises:
        ValueError: If a row needs LOA.
    """
    compared = sorted(set(sources) & {"true", "other", "zero", "mean"})
    if compared and system.specification.loa_factor is None:
        raise ValueError(
            f"--sources {' '.join(compared)} needs LOA, which this system lacks; use "
            "--sources predicted"
        )
