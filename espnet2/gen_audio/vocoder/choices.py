"""The table of vocoders: values of ``--vocoder``."""

from espnet2.train.class_choices import ClassChoices

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vocoder.abs_vocoder import AbsVocoder
from espnet2.gen_audio.vocoder.griffin_lim import GriffinLim
from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN
from espnet2.gen_audio.vocoder.vocos import Vocos

vocoder_choices = ClassChoices(
    "vocoder",
    classes={"hifigan": HiFiGAN, "vocos": Vocos, "griffin_lim": GriffinLim},
    type_check=AbsVocoder,
    default="hifigan",
)
UNTRAINED_DEFAULT = "griffin_lim"  # default of commands that do not need a vocoder


def is_untrained(name: str) -> bool:
    """Tell whether a name is the name of a vocoder without weights.

    Args:
        name: Value of ``--vocoder``: a name in the table, or a folder.

    Returns:
        False for a folder, and for the name of a vocoder that has weights.
    """
    chosen = vocoder_choices.classes.get(name)
    return chosen is not None and not chosen.is_trained


def untrained_vocoder(name: str, geometry: ClipGeometry) -> AbsVocoder | None:
    """Build a vocoder without weights, if the name is the name of one.

    Args:
        name: Value of ``--vocoder``: a name in the table, or a folder.
        geometry: Geometry of the clips.

    Returns:
        The vocoder; None for all other values, for example a folder.
    """
    return vocoder_choices.classes[name](geometry) if is_untrained(name) else None
