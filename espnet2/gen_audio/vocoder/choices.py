"""The table of vocoders: what ``--vocoder`` may name."""

from espnet2.train.class_choices import ClassChoices

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vocoder.abs_vocoder import AbsVocoder
from espnet2.gen_audio.vocoder.griffin_lim import GriffinLim
from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN

vocoder_choices = ClassChoices(
    "vocoder",
    classes={"hifigan": HiFiGAN, "griffin_lim": GriffinLim},
    type_check=AbsVocoder,
    default="hifigan",
)
UNTRAINED_DEFAULT = "griffin_lim"  # of commands that may be given no vocoder


def is_untrained(name: str) -> bool:
    """Tell whether a name is that of a vocoder that needs no weights.

    Args:
        name: What a command was given for ``--vocoder``: a name, or a folder.

    Returns:
        False for a folder, and for the name of a vocoder that has weights.
    """
    chosen = vocoder_choices.classes.get(name)
    return chosen is not None and not chosen.is_trained


def untrained_vocoder(name: str, geometry: ClipGeometry) -> AbsVocoder | None:
    """Build a vocoder that needs no weights, if the name is that of one.

    Args:
        name: Value of ``--vocoder``: a name in the table, or a folder.
        geometry: Geometry of the clips.

    Returns:
        The vocoder; None if the name is not one of these, so that it is a folder.
    """
    return vocoder_choices.classes[name](geometry) if is_untrained(name) else None
