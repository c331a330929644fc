"""The options by which a task chooses where its caption states come from.

``--text_encoder none`` takes the stored stream ``tokens``; ``--text_encoder units``
trains an encoder over caption ids within the model, ``--text_encoder phonemes`` one
over phoneme ids (``phoneme_options``). Tasks share these lines, so the language model
and the diffusion model name the choice alike.
"""

import argparse
from pathlib import Path

from espnet2.gen_audio.conditioner.phoneme_options import resolve_phonemes
from espnet2.gen_audio.conditioner.text_units import CHOICES
from espnet2.gen_audio.conditioner.units import TextUnits


def add_text_encoder_arguments(group: argparse._ArgumentGroup) -> None:
    """Add ``--text_encoder``, ``--text_encoder_conf``, ``--units_model``.

    Args:
        group: Group of options of a task's parser.
    """
    from espnet2.utils.nested_dict_action import NestedDictAction

    group.add_argument(
        "--text_encoder",
        choices=CHOICES,
        default="none",
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
    group.add_argument(
        "--units_model",
        default=None,
        help="What train_text_units wrote, folder or file; config.yaml keeps its "
        "content.",
    )


def resolve_text_encoder(args: argparse.Namespace) -> None:
    """Put units or phonemes themselves into the options: config.yaml is whole.

    Args:
        args: Options, changed in place: ``units_model`` from a path to content,
            ``token_list`` to ``phonemes_conf``. Calling it again changes nothing.

    Raises:
        ValueError: If the data and the choice of encoder do not fit each other.
    """
    names = names_of_data(args)
    for choice, stream in (("units", "caption"), ("phonemes", "phonemes")):
        if stream in names and args.text_encoder != choice:
            raise ValueError(
                f"data named {stream} was given, but --text_encoder "
                f"{args.text_encoder} does not read it; add --text_encoder {choice}, "
                f"or leave the {stream} out"
            )
    if args.text_encoder != "none" and "tokens" in names:
        raise ValueError(
            f"data named tokens was given, but --text_encoder {args.text_encoder} "
            "makes that stream itself; give caption data (path,caption,text), or "
            "phonemes, in its place"
        )
    resolve_phonemes(args)
    if args.units_model is not None:
        args.units_model = _content_of(args.units_model)


def names_of_data(args: argparse.Namespace) -> set[str]:
    """Return the names of the data that training was given.

    Args:
        args: Options of an ESPnet task.

    Returns:
        Names such as ``loa`` and ``sentence``; empty without training data.
    """
    triples = getattr(args, "train_data_path_and_name_and_type", None) or []
    return {name for _, name, _ in triples}


def _content_of(units_model: str) -> str:
    try:
        return TextUnits.from_text(units_model).to_text()
    except ValueError:
        path = Path(units_model)  # not the content, so where it is
    if not path.exists():
        raise FileNotFoundError(
            f"units model {units_model} does not exist; make it with "
            "python -m espnet2.gen_audio.bin.train_text_units"
        )
    return TextUnits.from_file(path).to_text()
