"""The options for initial weights, ``--init_from`` and ``--finetune_from``."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from espnet2.utils.types import str_or_none

from espnet2.gen_audio.encoder.speech_config import refuse_other_phonemes
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
        help="Initial weights: weights of FILE below the prefix SRC get the names "
        "below the prefix DST. Every name and shape must fit. Repeatable.",
    )
    group.add_argument(
        "--finetune_from",
        type=str_or_none,
        default=None,
        metavar="FOLDER",
        help="A converted part: its sizes replace those of the config, and its weights "
        "are the initial ones. Weights that it lacks (discriminators) are initialised.",
    )


def settle_initial(args: argparse.Namespace) -> None:
    """Set the sizes of a part that is fine-tuned; refuse ``--init_param``.

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
    """Load the initial weights of a model, and store their origins in the options.

    Args:
        model: Model that was just built.
        args: Options, changed in place: paths of weights are removed, since they must
            not be needed when the model is built again from config.yaml, and origins
            are added.
        fresh: Whether to load weights; False if a checkpoint with all weights follows.

    Raises:
        ValueError: If the weights do not fit, or their phonemes differ.
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
        source: ``FILE[:SRC[:DST]]``; the config.yaml beside FILE describes it.
    """
    path, prefix, _ = split_source(source)
    taken = [name for name in prefix.split(".") if name not in ("", "loa_lm")]
    beside = Path(path).parent / "config.yaml"
    if not beside.is_file() or (taken and taken[0] != "text_encoder"):
        return  # there is no config, or the phoneme encoder is not loaded
    own, other = (c.get("loa_lm_conf") or c for c in (config, read_yaml(beside)))
    refuse_other_phonemes(own, other, f"--init_from {source}")
