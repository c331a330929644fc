"""What must be known of a system before any of its models is asked."""

from dataclasses import dataclass
from typing import Any

from espnet2.gen_audio.feats.clip import ClipGeometry


@dataclass(frozen=True)
class Facts:
    """Sizes of a system.

    Attributes:
        geometry: Lengths of a clip.
        multiple: Latent frames must be a multiple of it.
        loa_factor: Pooling factor of the LOA; None for a system without.
        speaks: Whether it reads phonemes.
        latent_scale: What the VAE's latents are multiplied by.
    """

    geometry: ClipGeometry
    multiple: int
    loa_factor: int | None
    speaks: bool
    latent_scale: float

    @classmethod
    def of(cls, loa_lm: Any, ldm: Any) -> "Facts":
        """Read the facts of two models, which need no weights for it.

        Args:
            loa_lm: Language model, or None.
            ldm: Diffusion model.

        Returns:
            The facts.

        Raises:
            ValueError: If the models do not belong together.
        """
        _refuse_pair(loa_lm, ldm)
        encoder = getattr(loa_lm, "text_encoder", None)
        return cls(
            ldm.geometry,
            ldm.unet.multiple,
            None if loa_lm is None else ldm.pool_factor,
            encoder is not None and encoder.speech,
            float(ldm.latent_scale),
        )


def _refuse_pair(loa_lm: Any, ldm: Any) -> None:
    """Refuse a language model and a diffusion model that do not belong together."""
    hears_loa = "loa" in ldm.unet.widths
    if (loa_lm is not None) != hears_loa:
        raise ValueError(
            f"the diffusion model {'hears' if hears_loa else 'has no'} LOA, but "
            f"{'no' if loa_lm is None else 'a'} language model was given; give one "
            "exactly where the diffusion model hears LOA"
        )
    if loa_lm is not None and loa_lm.loa_factor != ldm.pool_factor:
        raise ValueError(
            f"the language model makes LOA of pooling factor {loa_lm.loa_factor}, "
            f"the diffusion model is conditioned on factor {ldm.pool_factor} in use; "
            "train both with one loa_factor"
        )
