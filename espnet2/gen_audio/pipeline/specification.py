"""The specification of a system: sizes that are known before a network is loaded."""

from dataclasses import dataclass

from espnet2.gen_audio.condition.spec import ConditionSpec
from espnet2.gen_audio.diffusion.espnet_model import ESPnetLatentDiffusionModel
from espnet2.gen_audio.diffusion.published_conditions import declared_specs
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.loa_lm.espnet_model import ESPnetLOALMModel


@dataclass(frozen=True)
class SystemSpecification:
    """Sizes of a system.

    Attributes:
        geometry: Lengths of a clip.
        frame_multiple: The number of latent frames must be a multiple of it.
        loa_factor: Pooling factor of the LOA; None for a system without LOA.
        reads_phonemes: Whether it is a speech model.
        latent_scale: Factor that scales the VAE's latents for the diffusion model.
        declared: Conditions that the config declares beside the published ones;
            requests may have values for them.
    """

    geometry: ClipGeometry
    frame_multiple: int
    loa_factor: int | None
    reads_phonemes: bool
    latent_scale: float
    declared: tuple[ConditionSpec, ...] = ()

    @classmethod
    def of(
        cls, loa_lm: ESPnetLOALMModel | None, ldm: ESPnetLatentDiffusionModel
    ) -> "SystemSpecification":
        """Read the specification from two models, which may have no weights.

        Args:
            loa_lm: Language model, or None.
            ldm: Diffusion model.

        Returns:
            The specification.

        Raises:
            ValueError: If the models do not fit each other.
        """
        _refuse_mismatch(loa_lm, ldm)
        encoder = getattr(loa_lm, "text_encoder", None)
        return cls(
            ldm.geometry,
            ldm.unet.multiple,
            None if loa_lm is None else ldm.pool_factor,
            encoder is not None and encoder.speech,
            float(ldm.latent_scale),
            declared_specs(ldm.unet.specs),
        )


def _refuse_mismatch(
    loa_lm: ESPnetLOALMModel | None, ldm: ESPnetLatentDiffusionModel
) -> None:
    """Refuse a language model and a diffusion model that do not fit each other."""
    takes_loa = "loa" in ldm.unet.widths
    if (loa_lm is not None) != takes_loa:
        raise ValueError(
            f"the diffusion model {'needs' if takes_loa else 'has no'} LOA, but "
            f"{'no' if loa_lm is None else 'a'} language model was given; give one "
            "if and only if the diffusion model needs LOA"
        )
    if loa_lm is not None and loa_lm.loa_factor != ldm.pool_factor:
        raise ValueError(
            f"the language model predicts LOA of pooling factor {loa_lm.loa_factor}, "
            f"the diffusion model needs factor {ldm.pool_factor} outside training; "
            "train both with one loa_factor"
        )
