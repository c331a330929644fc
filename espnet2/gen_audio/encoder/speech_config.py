"""Read from a config whether and how its model uses phonemes."""

import logging
from collections.abc import Mapping
from typing import Any

from espnet2.gen_audio.encoder.choices import text_encoder_class
from espnet2.gen_audio.text.phoneme_reader import PhonemeReader, completed
from espnet2.gen_audio.text.phoneme_vocabulary import PhonemeVocabulary


def reads_phonemes(config: Mapping[str, Any]) -> bool:
    """Tell whether a model reads phonemes.

    Args:
        config: Contents of the config.yaml of a language model.

    Returns:
        True for a speech model.
    """
    chosen = text_encoder_class(config)
    return chosen is not None and chosen.speech


def phoneme_reader(
    config: Mapping[str, Any], official: bool = False
) -> PhonemeReader | None:
    """Return the converter from transcripts to a model's phoneme ids.

    Args:
        config: Contents of the config.yaml of a language model or a joint training.
        official: Treat unknown symbols and long texts as the authors' code does, see
            ``PhonemeVocabulary.encode``.

    Returns:
        The reader; None for a model that reads no phonemes.
    """
    config = config.get("loa_lm_conf") or config
    return PhonemeReader.of_config(config, official) if reads_phonemes(config) else None


def warn_if_unpadded(config: Mapping[str, Any], source: object) -> None:
    """Warn if an earlier version of the converter wrote a speech model.

    Args:
        config: Contents of the config.yaml of a language model.
        source: Path of the config, for the message.
    """
    converted = config.get("provenance") and not config.get("phonemes_conf")
    lengths = (config.get("lm_conf") or {}).get("condition_lengths")
    if converted and not lengths and reads_phonemes(config):
        logging.warning(
            "%s has no lm_conf.condition_lengths: an earlier version converted it, and "
            "its LOA starts at a wrong position; convert "
            "the checkpoint again, into another folder",
            source,
        )


def refuse_other_phonemes(
    own: Mapping[str, Any], other: Mapping[str, Any], what: str
) -> None:
    """Refuse weights of a phoneme encoder with another token list.

    Args:
        own: Config of the language model that is trained.
        other: Config of the language model whose weights are loaded.
        what: The option and the path of the weights, for the message.

    Raises:
        ValueError: If both read phonemes and their token lists differ.
    """
    if not (reads_phonemes(own) and reads_phonemes(other)):
        return
    mine, theirs = (
        PhonemeVocabulary(completed(config.get("phonemes_conf"))["tokens"])
        for config in (own, other)
    )
    if mine != theirs:
        raise ValueError(
            f"{what} was trained with {theirs}, but --token_list is {mine}; its "
            "ids mean other phonemes: train with its token list, or load "
            "the weights of GPT-2 only (FILE:lm:lm)"
        )
