"""Train the latent diffusion model (stage ``train_ldm``)."""

import argparse
import math
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from espnet2.gen_audio.cli.config_option import accept_in_config
from espnet2.gen_audio.condition.spec import NULLS
from espnet2.gen_audio.diffusion.alignment import TARGET
from espnet2.gen_audio.diffusion.backbone.choices import backbone_choices
from espnet2.gen_audio.diffusion.process.choices import process_choices
from espnet2.gen_audio.diffusion.published_conditions import (
    PUBLISHED,
    null_options,
    specs_of,
)
from espnet2.gen_audio.encoder.abs_text_encoder import Preprocessor
from espnet2.gen_audio.encoder.choices import text_encoders, text_preprocessor
from espnet2.gen_audio.encoder.text_options import (
    add_text_encoder_arguments,
    names_of_data,
    resolve_text_encoder,
)
from espnet2.gen_audio.files.array_file import read_array
from espnet2.gen_audio.files.plain_number import plain_number
from espnet2.gen_audio.files.regular_file import WHOLE, regular
from espnet2.gen_audio.old_names import rename_options
from espnet2.gen_audio.parts import PARTS
from espnet2.gen_audio.tasks.data_names import accept_conditions
from espnet2.gen_audio.training.encoded_batches import add_encoding_argument
from espnet2.gen_audio.training.task import GenAudioTask


class LDMTask(GenAudioTask):
    """Train the U-Net to denoise VAE latents, given its conditions."""

    record = PARTS["ldm"]
    class_choices_list = [backbone_choices, process_choices]
    data_names = ("latent",)
    optional_names = (
        *(condition.name for condition in PUBLISHED),
        *(each.stream for each in text_encoders().values() if not each.speech),
    )

    @classmethod
    def add_part_arguments(cls, group: Any) -> None:
        """Add the options of network, process, conditions, scale and text.

        Args:
            group: Argument group to add to.
        """
        from espnet2.utils.nested_dict_action import NestedDictAction

        for name, what in (
            ("unet_conf", "Published name of --backbone_conf, and condition widths."),
            ("schedule_conf", "Published name of --process_conf."),
            ("conditions", "Conditions beside the published ones: specs by name."),
            (
                "conditions_conf",
                "Pooling factors, and dropout of conditions.",
            ),
            (
                "alignment_conf",
                "Align the U-Net's middle features with the AudioMAE patches of the "
                "clips in training: weight, width of the head, manifold, until "
                "(fraction of the epochs). Default: no alignment.",
            ),
        ):
            group.add_argument(
                f"--{name}", action=NestedDictAction, default={}, help=what
            )
        scale = group.add_argument(
            "--latent_scale",
            default=None,
            help="File with the number that gives the training latents a standard "
            "deviation of 1 (stage dump_latent), or the number; config.yaml stores it.",
        )
        accept_in_config(scale, int, float)
        for condition, option in null_options().items():
            null = group.add_argument(
                f"--{option}",
                default=None,
                help=f"Encoding of the empty caption for {condition}, a .npy file of "
                "(n, D) (stage dump_condition); config.yaml stores its content.",
            )
            accept_in_config(null, list)
        add_text_encoder_arguments(group)
        add_encoding_argument(group)

    @classmethod
    def resolve(cls, args: argparse.Namespace) -> None:
        """Replace files of the scale, null values and vocabulary by their contents.

        Args:
            args: Options, changed in place.

        Raises:
            ValueError: If the scale is missing, token states are given without their
                null value, alignment is configured without its targets, or transcripts
                are given.
        """
        rename_options(cls.record.name, args)
        names = names_of_data(args)
        for choice, encoder in text_encoders().items():
            if encoder.speech and (
                args.text_encoder == choice or encoder.stream in names
            ):
                raise ValueError(
                    f"{encoder.stream} was given to the diffusion model, which gets "
                    "speech as LOA only; give it to the language model "
                    f"(train_loa_lm), and remove --text_encoder {choice} and data "
                    f"named {encoder.stream} here"
                )
        resolve_text_encoder(args)
        _refuse_missing_targets(args, names)
        args.latent_scale = _scale_of(args.latent_scale)
        for option in null_options().values():
            if isinstance(getattr(args, option), str):
                setattr(args, option, matrix_of(option, getattr(args, option)))
        args.conditions = _with_matrices(args.conditions)
        accept_conditions(cls, args, [spec.name for spec in specs_of(vars(args))])
        if "tokens" in names and args.null_tokens is None:
            raise ValueError(
                "data named tokens was given without the encoding of the empty "
                f"caption (--null_tokens {args.null_tokens}); add --null_tokens "
                "dump/condition/null/tokens.npy, which stage dump_condition writes"
            )

    @classmethod
    def build_preprocess_fn(
        cls, args: argparse.Namespace, train: bool
    ) -> Preprocessor | None:
        """Return the preprocessor of text, if the model has a text encoder.

        Args:
            args: Options, settled.
            train: False for statistics and validation.

        Returns:
            The preprocessor; None for dumped streams, which are model inputs already.
        """
        return text_preprocessor(vars(args), train)


def _refuse_missing_targets(args: argparse.Namespace, names: Collection[str]) -> None:
    """Refuse alignment if the given data include no AudioMAE patches."""
    if args.alignment_conf and names and TARGET not in names:
        raise ValueError(
            f"--alignment_conf {args.alignment_conf} needs data named {TARGET}, but "
            f"{', '.join(sorted(names))} were given; add dump/loa/<set>/loa.scp, which "
            "stage dump_loa writes, or remove --alignment_conf"
        )


def _with_matrices(conditions: Mapping[str, Any]) -> dict[str, Any]:
    """Return declared conditions; replace null values that are files by matrices."""
    settled = {}
    for name, values in conditions.items():
        null = values.get("null")
        if isinstance(null, str) and null not in NULLS:
            values = {**values, "null": matrix_of(f"conditions.{name}.null", null)}
        settled[name] = values
    return settled


def _scale_of(given: str | float | None) -> float:
    """Return the latent scale as a number; read it if ``given`` is a file."""
    if given is None:
        raise ValueError(
            f"--latent_scale is needed, not {given}; give dump/latent/latent_scale, "
            "which stage dump_latent writes, or the number that belongs to a published "
            "autoencoder"
        )
    text = str(given)
    if isinstance(given, str) and Path(given).is_file():
        text = regular(given, WHOLE).read_text(encoding="utf-8")
    scale = plain_number(text.strip())
    if math.isnan(scale):
        raise ValueError(
            f"--latent_scale {given} is neither a number nor a file with a number"
        )
    if scale <= 0.0:
        raise ValueError(f"--latent_scale {given}: {scale} must be above 0")
    return scale


def matrix_of(option: str, path: str) -> list[list[float]]:
    """Return the matrix of a .npy file as plain numbers.

    Args:
        option: Option that names the file, for the message.
        path: The file.

    Returns:
        Rows of numbers, (n, D).

    Raises:
        ValueError: If the file contains no matrix.
    """
    matrix = read_array(path)
    if matrix.ndim != 2:
        raise ValueError(
            f"--{option} {path} has an array of shape {matrix.shape}; one matrix "
            "(n, D) is needed, which stage dump_condition writes"
        )
    return matrix.astype(float).tolist()
