"""The tables of encoders: names in configs and on disk, and their classes.

A text encoder that is trained with a model is chosen by ``--text_encoder``. A frozen
encoder is chosen by the ``model_type`` of its files, or by its name in the table.
"""

from collections.abc import Mapping
from typing import Any

from espnet2.train.class_choices import ClassChoices

from espnet2.gen_audio.encoder.abs_frozen_encoder import AbsFrozenEncoder
from espnet2.gen_audio.encoder.abs_text_encoder import AbsTextEncoder, Preprocessor
from espnet2.gen_audio.encoder.caption_unit_encoder import TextUnitEncoder
from espnet2.gen_audio.encoder.clap import ClapEncoder
from espnet2.gen_audio.encoder.hugging_face import HuggingFaceTextEncoder
from espnet2.gen_audio.encoder.phoneme_encoder import PhonemeEncoder
from espnet2.gen_audio.encoder.resolve import model_type, resolve_model

NONE = "none"  # value of ``text_encoder``: stored states of a frozen encoder are used

text_encoder_choices = ClassChoices(
    "text_encoder",
    classes={"units": TextUnitEncoder, "phonemes": PhonemeEncoder},
    type_check=AbsTextEncoder,
    optional=True,
)
# keys: the model_type of a model folder, or the name of an encoder without files
frozen_encoder_choices = ClassChoices(
    "frozen_encoder",
    classes={"clap": ClapEncoder, "hugging_face": HuggingFaceTextEncoder},
    type_check=AbsFrozenEncoder,
    default="hugging_face",
)


def frozen_encoder_class(name: str) -> type[AbsFrozenEncoder]:
    """Return the class of a frozen encoder.

    Args:
        name: Folder, ``package:...`` or Hugging Face name of a model, whose
            ``model_type`` decides, or the name of a class that needs no files.

    Returns:
        The class.
    """
    classes = frozen_encoder_choices.classes
    if name in classes:
        return classes[name]
    default = classes[frozen_encoder_choices.default]
    return classes.get(model_type(resolve_model(name)), default)


def text_encoders() -> dict[str, type[AbsTextEncoder]]:
    """Return the text encoders that can be trained with a model, by name."""
    return dict(text_encoder_choices.classes)


def text_encoder_class(config: Mapping[str, Any]) -> type[AbsTextEncoder] | None:
    """Return the class of the text encoder that a config chooses.

    Args:
        config: Its ``text_encoder`` is a name of the table, ``none``, or absent.

    Returns:
        The class, or None if the config chooses no encoder.

    Raises:
        ValueError: If the choice is unknown.
    """
    choice = config.get("text_encoder") or NONE
    if choice == NONE:
        return None
    if choice not in text_encoders():
        raise ValueError(
            f"text_encoder {choice!r} is unknown; use one of "
            f"{', '.join((NONE, *text_encoders()))}"
        )
    return text_encoders()[choice]


def build_text_encoder(config: Mapping[str, Any]) -> AbsTextEncoder | None:
    """Build the text encoder that a config chooses, with newly initialised weights.

    Args:
        config: With ``text_encoder``, ``text_encoder_conf``, and the vocabulary.

    Returns:
        The encoder, or None.
    """
    chosen = text_encoder_class(config)
    return None if chosen is None else chosen.from_config(config)


def text_preprocessor(config: Mapping[str, Any], train: bool) -> Preprocessor | None:
    """Return the preprocessor that turns the text of an example into ids.

    Args:
        config: See ``build_text_encoder``.
        train: ESPnet's flag.

    Returns:
        The preprocessor; None for dumped streams, which are model inputs already.
    """
    chosen = text_encoder_class(config)
    return None if chosen is None else chosen.build_preprocessor(config, train)
