"""The options of phonemes in training, and their values in config.yaml.

``--g2p``, ``--cleaner`` and ``--token_list`` are named as in ESPnet. They are stored in
``phonemes_conf``, including the tokens, so that an experiment needs no other file.
"""

import argparse
from collections.abc import Mapping
from typing import Any

from espnet2.gen_audio.text.front_end_alphabet import (
    NO_CLEANER,
    PUBLISHED,
    misfit,
)
from espnet2.gen_audio.text.phoneme_reader import completed, max_length_of
from espnet2.gen_audio.text.phoneme_vocabulary import PhonemeVocabulary

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
        help="Type of grapheme-to-phoneme conversion: g2p_en_no_space, "
        f"espeak_ng_english_us_vits, ..., char, {PUBLISHED}.",
    )
    add("--cleaner", default=None, help=f"Text cleaner: tacotron, ..., {NO_CLEANER}.")
    add(
        "--token_list",
        default=None,
        help=f"File or folder of prepare_phonemes, or {PUBLISHED}; config.yaml stores "
        "the tokens.",
    )
    add(
        "--phonemes_conf",
        action=NestedDictAction,
        default={},
        help="Values of these options in config.yaml: g2p, cleaner, tokens; and "
        "optional=true: clips without a transcript are trained with the empty text.",
    )


def resolve_phonemes(args: argparse.Namespace, chosen: bool) -> None:
    """Store the tokens in the options and set the encoder's vocabulary size.

    Args:
        args: Options, changed in place; a second call changes nothing.
        chosen: Whether the options choose the phoneme encoder.

    Raises:
        ValueError: If the options do not fit each other or the encoder.
    """
    stated = [name for name in _OPTIONS if getattr(args, name, None) is not None]
    if not chosen:
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
    """Return ``phonemes_conf`` as options state it.

    Args:
        args: Options, with ``token_list`` as a path.

    Returns:
        ``g2p``, ``cleaner`` and ``tokens``.

    Raises:
        ValueError: If a token list other than the published one is given without
            ``--g2p``, or a cleaner does not fit.
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
            f"--token_list {given['token_list']} was given without --g2p; name the "
            "type that made its phonemes, so that generation uses it too"
        )
    return completed(conf)


def rows_of(config: Mapping[str, Any]) -> int | None:
    """Return the number of rows of a phoneme encoder's embedding.

    Args:
        config: With ``text_encoder_conf`` and ``phonemes_conf``.

    Returns:
        The number of tokens. Without ``phonemes_conf``: the ``vocabulary`` of
            ``text_encoder_conf``, or None.

    Raises:
        ValueError: If both are stated and differ.
    """
    stated = (config.get("text_encoder_conf") or {}).get("vocabulary")
    if not config.get("phonemes_conf"):
        return stated
    tokens = completed(config["phonemes_conf"])["tokens"]
    vocabulary = PhonemeVocabulary(tokens, max_length_of(config))
    if stated not in (None, len(vocabulary)):
        raise ValueError(
            f"text_encoder_conf says vocabulary: {stated}, but the phonemes are "
            f"{vocabulary}; remove vocabulary, --token_list determines it"
        )
    return len(vocabulary)
