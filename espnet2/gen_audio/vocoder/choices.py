"""The table of vocoders: what ``--vocoder`` may name."""

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


def untrained_vocoder(name: str, geometry: ClipGeometry) -> AbsVocoder | None:
    """Return the vocoder of a name that needs no weights.

    Args:
        name: What a command was given for ``--vocoder``: a name, or a folder.
        geometry: Of the clips.

    Returns:
        The vocoder, or None: the name is that of no such class, so it is a folder.
    """
    chosen = vocoder_choices.classes.get(name)
    if chosen is None or chosen.is_trained:
        return None
    return chosen(geometry)
