"""Train the LOA language model (stage ``train_loa_lm``)."""

import argparse
from collections.abc import Callable
from typing import Any

from espnet2.gen_audio.conditioner.phoneme_options import add_phoneme_arguments
from espnet2.gen_audio.conditioner.phoneme_reader import PhonemeReader
from espnet2.gen_audio.conditioner.phonemes import DEFAULT_WIDTH as PHONEME_WIDTH
from espnet2.gen_audio.conditioner.text_options import (
    add_text_encoder_arguments,
    names_of_data,
    resolve_text_encoder,
)
from espnet2.gen_audio.conditioner.text_units import DEFAULT_WIDTH
from espnet2.gen_audio.conditioner.units import TextUnits
from espnet2.gen_audio.loa_lm.guide import SAMPLES_NAME
from espnet2.gen_audio.parts import PARTS
from espnet2.gen_audio.preprocess.caption_preprocessor import CaptionPreprocessor
from espnet2.gen_audio.preprocess.phoneme_preprocessor import PhonemePreprocessor
from espnet2.gen_audio.training.task import GenAudioTask


class LOALMTask(GenAudioTask):
    """Caption states in, pooled AudioMAE features out, one vector after another."""

    record = PARTS["loa_lm"]
    data_names = ("loa",)
    optional_names = ("sentence", "tokens", "caption", "phonemes", SAMPLES_NAME)

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
            "max_positions, dropout, vocab_size, padding, loa_start, hears_own, "
            "patches_per_moment, initializer_range, attention.",
        )
        add_text_encoder_arguments(group)
        add_phoneme_arguments(group)

    @classmethod
    def resolve(cls, args: argparse.Namespace) -> None:
        """Put units or phonemes into the options and fit the conditions to them.

        With a text encoder of its own the width of ``tokens`` is the encoder's, and
        ``sentence`` is a condition only if such data is given, so one config serves
        all choices.

        Args:
            args: Options, changed in place.
        """
        resolve_text_encoder(args)
        widths = {"units": DEFAULT_WIDTH, "phonemes": PHONEME_WIDTH}
        if args.text_encoder in widths:
            dims = dict(args.lm_conf.get("condition_dims") or {})
            names = names_of_data(args)
            if names and "sentence" not in names:
                dims.pop("sentence", None)
            width = args.text_encoder_conf.get("width", widths[args.text_encoder])
            dims["tokens"] = width
            args.lm_conf = {**args.lm_conf, "condition_dims": dims}

    @classmethod
    def build_preprocess_fn(
        cls, args: argparse.Namespace, train: bool
    ) -> Callable[..., dict[str, Any]] | None:
        """Return what turns text into ids, if the model reads captions or phonemes.

        Args:
            args: Options, settled.
            train: False for statistics and validation.

        Returns:
            The preprocessor, or None: dumped streams are model inputs already.
        """
        reader = PhonemeReader.of_config(vars(args))
        if reader is not None:
            return PhonemePreprocessor(train, reader.vocabulary)
        if args.text_encoder != "units":
            return None
        return CaptionPreprocessor(train, TextUnits.from_text(args.units_model))
