"""The options for a text encoder that is trained with the model of a task.

``--text_encoder none`` uses the stored stream ``tokens`` of a frozen encoder; other
values are names in ``choices``. The language model and the diffusion
model have the same options.
"""

import argparse

from espnet2.gen_audio.encoder.choices import NONE, text_encoders


def add_text_encoder_arguments(
    group: argparse._ArgumentGroup, speech: bool = False
) -> None:
    """Add ``--text_encoder``, ``--text_encoder_conf`` and the encoders' own options.

    Args:
        group: Group of options of a task's parser.
        speech: Whether the task can also train encoders of phonemes.
    """
    from espnet2.utils.nested_dict_action import NestedDictAction

    group.add_argument(
        "--text_encoder",
        choices=(NONE, *text_encoders()),
        default=NONE,
        help="none: stored states (stream tokens); units: an encoder over "
        "sentencepiece units, phonemes: over phoneme ids, trained with the model",
    )
    group.add_argument(
        "--text_encoder_conf",
        action=NestedDictAction,
        default={},
        help="Arguments of TextUnitEncoder or PhonemeEncoder: width, layers, heads, "
        "dropout, max_positions, ...",
    )
    for encoder in text_encoders().values():
        if speech or not encoder.speech:
            encoder.add_arguments(group)


def resolve_text_encoder(args: argparse.Namespace) -> None:
    """Store the vocabulary in the options, so that config.yaml needs no other file.

    Args:
        args: Options, changed in place. A second call changes nothing.

    Raises:
        ValueError: If the data do not fit the chosen encoder.
    """
    names = names_of_data(args)
    for choice, encoder in text_encoders().items():
        if encoder.stream in names and args.text_encoder != choice:
            raise ValueError(
                f"data named {encoder.stream} was given, but --text_encoder "
                f"{args.text_encoder} does not read it; add --text_encoder {choice}, "
                f"or remove the {encoder.stream} data"
            )
    chosen = text_encoders().get(args.text_encoder)
    if chosen is not None and chosen.condition in names:
        raise ValueError(
            f"data named {chosen.condition} was given, but --text_encoder "
            f"{args.text_encoder} makes that stream itself; give {chosen.stream} data "
            f"(path,{chosen.stream},text) instead"
        )
    for encoder in text_encoders().values():
        encoder.resolve(args, encoder is chosen)


def names_of_data(args: argparse.Namespace) -> set[str]:
    """Return the names of the training data.

    Args:
        args: Options of an ESPnet task.

    Returns:
        Names such as ``loa`` and ``sentence``; empty without training data. Streams
        that the training computes from sounds (``--encode_audio``) are among them.
    """
    triples = getattr(args, "train_data_path_and_name_and_type", None) or []
    names = {name for _, name, _ in triples}
    encoded = getattr(args, "encode_audio", None) or {}
    return names - {"audio"} | {*encoded} if encoded and "audio" in names else names
