"""Train the latent diffusion model (stage ``train_ldm``)."""

import argparse
import math
from pathlib import Path
from typing import Any

from espnet2.gen_audio.conditioner.text_options import (
    add_text_encoder_arguments,
    names_of_data,
    resolve_text_encoder,
)
from espnet2.gen_audio.conditioner.units import TextUnits
from espnet2.gen_audio.parts import PARTS
from espnet2.gen_audio.preprocess.caption_preprocessor import CaptionPreprocessor
from espnet2.gen_audio.training.task import GenAudioTask


class LDMTask(GenAudioTask):
    """Noise, LOA and text states in, VAE latents out."""

    record = PARTS["ldm"]
    data_names = ("latent",)
    optional_names = ("loa", "sentence", "tokens", "caption")

    @classmethod
    def add_part_arguments(cls, group: Any) -> None:
        """Add the options of U-Net, schedule, conditions, scale and text.

        Args:
            group: Argument group to add to.
        """
        from espnet2.utils.nested_dict_action import NestedDictAction

        for name, what in (
            ("unet_conf", "ConditionalUNet"),
            ("schedule_conf", "NoiseSchedule"),
            ("conditions_conf", "LatentConditions: pooling factors and dropping"),
        ):
            group.add_argument(
                f"--{name}",
                action=NestedDictAction,
                default={},
                help=f"Arguments of {what}.",
            )
        group.add_argument(
            "--latent_scale",
            default=None,
            help="File with the number that gives the training latents a deviation of "
            "1 (stage dump_latent), or the number; config.yaml keeps the number.",
        )
        group.add_argument(
            "--null_tokens",
            default=None,
            help="Encoding of the empty caption, a .npy file of (n, D) (stage "
            "dump_condition); config.yaml keeps its content.",
        )
        group.add_argument(
            "--null_sentence",
            default=None,
            help="Sentence vector of the empty caption, a .npy file of (1, D), for a "
            "U-Net that hears such vectors (film_dim); config.yaml keeps its content.",
        )
        add_text_encoder_arguments(group)

    @classmethod
    def resolve(cls, args: argparse.Namespace) -> None:
        """Put scale, null text and units themselves into the options.

        Args:
            args: Options, changed in place.

        Raises:
            ValueError: If the scale is missing, text is given without its null, or
                phonemes are given at all.
        """
        if args.text_encoder == "phonemes" or "phonemes" in names_of_data(args):
            raise ValueError(
                "phonemes were given to a U-Net, which hears speech as LOA alone; give "
                "them to the language model (train_loa_lm), and leave --text_encoder "
                "phonemes and data named phonemes out here"
            )
        resolve_text_encoder(args)
        args.latent_scale = _scale_of(args.latent_scale)
        if isinstance(args.null_tokens, str):
            args.null_tokens = matrix_of("null_tokens", args.null_tokens)
        if isinstance(args.null_sentence, str):
            args.null_sentence = matrix_of("null_sentence", args.null_sentence)
        if "tokens" in names_of_data(args) and args.null_tokens is None:
            raise ValueError(
                "data named tokens was given without the encoding of the empty "
                "caption; add --null_tokens dump/condition/null/tokens.npy, which "
                "stage dump_condition writes"
            )

    @classmethod
    def build_preprocess_fn(
        cls, args: argparse.Namespace, train: bool
    ) -> CaptionPreprocessor | None:
        """Return what turns captions into unit ids, if the model reads captions.

        Args:
            args: Options, settled.
            train: False for statistics and validation.

        Returns:
            The preprocessor, or None: dumped streams are model inputs already.
        """
        if args.text_encoder != "units":
            return None
        return CaptionPreprocessor(train, TextUnits.from_text(args.units_model))


def _scale_of(given: str | float | None) -> float:
    """Return the latent scale as a number, read from a file if one is named."""
    if given is None:
        raise ValueError(
            "--latent_scale is needed; give dump/latent/latent_scale, which stage "
            "dump_latent writes, or the number that belongs to a published autoencoder"
        )
    text = str(given)
    if isinstance(given, str) and Path(given).is_file():
        text = Path(given).read_text(encoding="utf-8")
    try:
        scale = float(text)
    except ValueError as error:
        raise ValueError(
            f"--latent_scale {given} is neither a number nor a file that holds one"
        ) from error
    if not math.isfinite(scale) or scale <= 0.0:
        raise ValueError(f"--latent_scale {given}: {scale} must be above 0")
    return scale


def matrix_of(option: str, path: str) -> list[list[float]]:
    """Return the matrix of a .npy file as plain numbers.

    Args:
        option: Option that named it, for the message.
        path: The file.

    Returns:
        Rows of numbers, (n, D).

    Raises:
        ValueError: If it holds no matrix.
    """
    import numpy as np

    matrix = np.load(path, allow_pickle=False)
    if matrix.ndim != 2:
        raise ValueError(
            f"--{option} {path} holds an array of shape {matrix.shape}; one matrix "
            "(n, D) is needed, as stage dump_condition writes it"
        )
    return matrix.astype(float).tolist()
