"""The options of phonemes in training, and their values in config.yaml.

``--g2p``, ``--cleaner`` and ``--token_list`` are named as in ESPnet. They are stored in
``phonemes_conf``, including the tokens, so that an experiment needs no other file.
"""

import argparse
from collections.abc import Mapping
from typing import Any

from espnet2.gen_audio.conditioner.phoneme_alphabet import (
    NO_CLEANER,
    PUBLISHED,
    misfit,
)
from espnet2.gen_audio.conditioner.phoneme_reader import completed, max_length_of
from espnet2.gen_audio.conditioner.phoneme_vocabulary import PhonemeVocabulary

_OPTIONS = ("g2p", "cleaner", "token_list")


def add_phoneme_arguments(group: argparse._ArgumentGroup) -> None:
    """Add ``--g2p``, ``--cleaner``, ``--token_list`` and ``--phonemes_conf``.

    Args:
        group: Group of options of a task's parser.
    """
    from espnet2.utils.nested_dict_action import NestedDictAction

    add = group.add_argument
    add(
        "--g2p",
        default=None,
        help="How the phonemes were made (prepare_phonemes): g2p_en_no_space, "
        f"espeak_ng_english_us_vits, ..., char, {PUBLISHED}.",
    )
    add("--cleaner", default=None, help=f"Likewise: tacotron, ..., {NO_CLEANER}.")
    add(
        "--token_list",
        default=None,
        help=f"File or folder of prepare_phonemes, or {PUBLISHED}; config.yaml keeps "
        "its content.",
    )
    add(
        "--phonemes_conf",
        action=NestedDictAction,
        default={},
        help="What config.yaml keeps of the three: g2p, cleaner, tokens.",
    )


def resolve_phonemes(args: argparse.Namespace) -> None:
    """Put the phonemes themselves into the options and fit the encoder to them.

    Args:
        args: Options, changed in place; calling it again changes nothing.

    Raises:
        ValueError: If the options do not fit each other or the encoder.
    """
    stated = [name for name in _OPTIONS if getattr(args, name, None) is not None]
    if args.text_encoder != "phonemes":
        if stated:
            raise ValueError(
                f"--{stated[0]} was given, but --text_encoder {args.text_encoder} reads"
                " no phonemes; add --text_encoder phonemes, or leave it out"
            )
        return
    args.phonemes_conf = phonemes_of_options(args)
    for name in _OPTIONS:
        setattr(args, name, None)
    conf = dict(args.text_encoder_conf or {})
    conf["vocabulary"] = rows_of({**vars(args), "text_encoder_conf": conf})
    args.text_encoder_conf = conf


def phonemes_of_options(args: argparse.Namespace) -> dict[str, Any]:
    """Return the ``phonemes_conf`` that options ask for.

    Args:
        args: Options, ``token_list`` still a path.

    Returns:
        ``g2p``, ``cleaner`` and ``tokens``.

    Raises:
        ValueError: If there is a token list of one's own and no ``--g2p``, or a cleaner
            that does not fit.
    """
    conf = dict(getattr(args, "phonemes_conf", None) or {})
    given = {name: getattr(args, name, None) for name in _OPTIONS}
    conf |= {name: given[name] for name in ("g2p", "cleaner") if given[name]}
    reason = misfit(conf.get("g2p", PUBLISHED), conf.get("cleaner"))
    if reason and (given["g2p"] or given["cleaner"]):
        raise ValueError(reason)
    if given["token_list"] is not None:
        vocabulary = PhonemeVocabulary.from_file(given["token_list"])
        conf["tokens"] = vocabulary.to_plain()
    if conf.get("tokens", PUBLISHED) != PUBLISHED and "g2p" not in conf:
        raise ValueError(
            f"--token_list {given['token_list']} was given without --g2p; name what "
            "made its phonemes, so that generation speaks as the training did"
        )
    return completed(conf)


def rows_of(config: Mapping[str, Any]) -> int | None:
    """Return how many rows the embedding of a phoneme encoder has.

    Args:
        config: With ``text_encoder_conf`` and ``phonemes_conf``.

    Returns:
        The number of tokens; what the encoder's own config says where there is no
        ``phonemes_conf``, or None.

    Raises:
        ValueError: If both are there and differ.
    """
    stated = (config.get("text_encoder_conf") or {}).get("vocabulary")
    if not config.get("phonemes_conf"):
        return stated
    tokens = completed(config["phonemes_conf"])["tokens"]
    vocabulary = PhonemeVocabulary(tokens, max_length_of(config))
    if stated not in (None, len(vocabulary)):
        raise ValueError(
            f"text_encoder_conf says vocabulary: {stated}, but the phonemes are "
            f"{vocabulary}; leave vocabulary out, it follows from --token_list"
        )
    return len(vocabulary)


def refuse_other_phonemes(
    own: Mapping[str, Any], other: Mapping[str, Any], what: str
) -> None:
    """Refuse weights of a phoneme encoder whose rows are other phonemes.

    Args:
        own: Config of the language model that is trained.
        other: Config of the one whose weights are taken.
        what: The option and the place, for the message.

    Raises:
        ValueError: If both read phonemes and their token lists differ.
    """
    if any(config.get("text_encoder") != "phonemes" for config in (own, other)):
        return
    mine, theirs = (
        PhonemeVocabulary(completed(config.get("phonemes_conf"))["tokens"])
        for config in (own, other)
    )
    if mine != theirs:
        raise ValueError(
            f"{what} was trained with {theirs}, but --token_list is {mine}; its "
            "phoneme encoder means other phonemes: train with its token list, or take "
            "the weights of GPT-2 alone (FILE:lm:lm)"
        )
