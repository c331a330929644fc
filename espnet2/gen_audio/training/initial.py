"""The options for initial weights, ``--init_from`` and ``--finetune_from``."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from espnet2.utils.types import str_or_none

from espnet2.gen_audio.conditioner.phoneme_options import refuse_other_phonemes
from espnet2.gen_audio.training.config_file import read_yaml
from espnet2.gen_audio.training.finetune import origins_of, start_from, take_config
from espnet2.gen_audio.training.init_from import init_model, split_source


def add_initial_arguments(group: Any) -> None:
    """Add ``--init_from`` and ``--finetune_from``.

    Args:
        group: Group of options of a task's parser.
    """
    group.add_argument(
        "--init_from",
        action="append",
        default=[],
        metavar="FILE[:SRC[:DST]]",
        help="Initial weights: those of FILE under the prefix SRC go to the names "
        "under the prefix DST. Every name and shape must fit. Repeatable.",
    )
    group.add_argument(
        "--finetune_from",
        type=str_or_none,
        default=None,
        metavar="FOLDER",
        help="A converted part: its sizes replace those of the config, and its weights "
        "are the initial ones. What it lacks (discriminators) starts fresh.",
    )


def settle_initial(args: argparse.Namespace) -> None:
    """Take the sizes of the part that is fine-tuned; refuse what runs a pickle.

    Args:
        args: Options, changed in place.

    Raises:
        ValueError: If ``--init_param`` is given, or the part does not fit.
    """
    if getattr(args, "init_param", None):
        raise ValueError(
            f"--init_param {args.init_param[0]} would run the file's pickle; "
            "use --init_from FILE[:SRC[:DST]], which loads tensors only"
        )
    folder = getattr(args, "finetune_from", None)  # older configs lack it
    if folder is not None:
        take_config(args, folder)


def initialise(model: torch.nn.Module, args: argparse.Namespace, fresh: bool) -> None:
    """Give a model its initial weights, and note in the options where they come from.

    Args:
        model: Model that was just built.
        args: Options, changed in place: paths go, since config.yaml is read again
            when the model is rebuilt, and the origins stay.
        fresh: False if a checkpoint gives all weights anyway.

    Raises:
        ValueError: If the weights do not fit, or their phonemes are others.
    """
    sources, folder = args.init_from, getattr(args, "finetune_from", None)
    args.init_from, args.finetune_from = [], None
    if sources:
        args.initialised_from = sources
    for source in sources:
        _refuse_phonemes(vars(args), source)
    origins = origins_of(sources, folder)
    if origins:
        args.finetuned_from = origins
    if not fresh:
        return
    if folder is not None:
        start_from(model, folder)
    init_model(model, sources)


def _refuse_phonemes(config: Mapping[str, Any], source: str) -> None:
    """Refuse weights of a phoneme encoder that was trained with other phonemes.

    Args:
        config: Settled options of the training.
        source: ``FILE[:SRC[:DST]]``; what FILE is, says the config.yaml beside it.
    """
    path, prefix, _ = split_source(source)
    taken = [name for name in prefix.split(".") if name not in ("", "loa_lm")]
    beside = Path(path).parent / "config.yaml"
    if not beside.is_file() or (taken and taken[0] != "text_encoder"):
        return  # nothing is known of it, or its phoneme encoder is not taken
    own, other = (c.get("loa_lm_conf") or c for c in (config, read_yaml(beside)))
    refuse_other_phonemes(own, other, f"--init_from {source}")
