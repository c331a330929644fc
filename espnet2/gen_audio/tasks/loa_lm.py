"""Train the LOA language model (stage ``train_loa_lm``)."""

import argparse
import logging
from typing import Any

from espnet2.gen_audio.encoder.abs_text_encoder import Preprocessor
from espnet2.gen_audio.encoder.choices import (
    text_encoder_class,
    text_encoders,
    text_preprocessor,
)
from espnet2.gen_audio.encoder.text_options import (
    add_text_encoder_arguments,
    names_of_data,
    resolve_text_encoder,
)
from espnet2.gen_audio.loa_lm.guided_attention import SAMPLES_NAME
from espnet2.gen_audio.old_names import rename_options
from espnet2.gen_audio.parts import PARTS
from espnet2.gen_audio.tasks.data_names import accept_conditions
from espnet2.gen_audio.training.encoded_batches import add_encoding_argument
from espnet2.gen_audio.training.task import GenAudioTask


class LOALMTask(GenAudioTask):
    """Train GPT-2 to predict pooled AudioMAE features (LOA) from conditions."""

    record = PARTS["loa_lm"]
    data_names = ("loa",)
    optional_names = (
        "sentence",
        "tokens",
        *(encoder.stream for encoder in text_encoders().values()),
        SAMPLES_NAME,
    )

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
            help="Arguments of the language model: autoregressive (p_prefix, if it is "
            "false), width, layers, heads, condition_dims, max_positions, dropout, "
            "vocab_size, padding, loa_start, condition_lengths, patches_per_step, "
            "initializer_range, attention, head (regression, flow), head_conf.",
        )
        add_text_encoder_arguments(group, speech=True)
        add_encoding_argument(group)

    @classmethod
    def resolve(cls, args: argparse.Namespace) -> None:
        """Replace the vocabulary's path by its content and set the condition widths.

        With a trained text encoder, the width of its condition is the encoder's width.
        Conditions without data are removed. One config can thus be used with all
        choices.

        Args:
            args: Options, changed in place.
        """
        rename_options(cls.record.name, args)
        resolve_text_encoder(args)
        accept_conditions(cls, args, args.lm_conf.get("condition_dims") or {})
        encoder = text_encoder_class(vars(args))
        if encoder is None:
            return
        names = names_of_data(args) | {encoder.condition}
        dims = dict(args.lm_conf.get("condition_dims") or {})
        if len(names) > 1:
            for absent in dims.keys() - names:
                logging.info("no data named %s: this condition is removed", absent)
                del dims[absent]
        dims[encoder.condition] = args.text_encoder_conf.get(
            "width", encoder.default_width
        )
        args.lm_conf = {**args.lm_conf, "condition_dims": dims}

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
