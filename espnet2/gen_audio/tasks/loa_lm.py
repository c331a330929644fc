"""Train the LOA language model (stage ``train_loa_lm``)."""

import argparse
from typing import Any

from espnet2.gen_audio.conditioner.text_options import (
    add_text_encoder_arguments,
    names_of_data,
    resolve_text_encoder,
)
from espnet2.gen_audio.conditioner.text_units import DEFAULT_WIDTH
from espnet2.gen_audio.conditioner.units import TextUnits
from espnet2.gen_audio.preprocess.caption_preprocessor import CaptionPreprocessor
from espnet2.gen_audio.training.task import GenAudioTask


class LOALMTask(GenAudioTask):
    """Caption states in, pooled AudioMAE features out, one vector after another."""

    part = "loa_lm"
    builder = "espnet2.gen_audio.loa_lm.build:build_loa_lm"
    data_names = ("loa",)
    optional_names = ("sentence", "tokens", "caption")

    @classmethod
    def add_part_arguments(cls, group: Any) -> None:
        """Add ``--lm_conf`` and the text encoder's options.

        Args:
            group: Argument group to add to.
        """
        from espnet2.utils.nested_dict_action import NestedDictAction

        group.add_argument(
            "--lm_conf",
            action=NestedDictAction,
            default={},
            help="Arguments of LOALanguageModel: width, layers, heads, condition_dims, "
            "max_positions, dropout, vocab_size, padding.",
        )
        add_text_encoder_arguments(group)

    @classmethod
    def resolve(cls, args: argparse.Namespace) -> None:
        """Put the units into the options and fit the conditions to them.

        With ``--text_encoder units`` the width of ``tokens`` is the encoder's, and
        ``sentence`` is a condition only if such data is given, so one config serves
        both choices.

        Args:
            args: Options, changed in place.
        """
        resolve_text_encoder(args)
        if args.text_encoder == "units":
            dims = dict(args.lm_conf.get("condition_dims") or {})
            if "sentence" not in names_of_data(args):
                dims.pop("sentence", None)
            dims["tokens"] = args.text_encoder_conf.get("width", DEFAULT_WIDTH)
            args.lm_conf = {**args.lm_conf, "condition_dims": dims}

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
