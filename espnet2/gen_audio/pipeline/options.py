"""What a user may ask of sampling, and what the diffusion model then hears."""

from collections.abc import Sequence
from dataclasses import dataclass

from espnet2.gen_audio.conditioner.condition import Condition


@dataclass(frozen=True)
class SamplingOptions:
    """How noise becomes a latent; the defaults are those of the published sampler.

    Attributes:
        scheduler: ``ddim``, ``dpm++`` or the name of a scheduler class of diffusers.
        steps: Solver steps.
        eta: Share of DDIM's noise, 0 to 1.
        guidance_scale: 1 samples without guidance.
        seed: The same seed and id give the same sound.
        negative_prompt: What the sound is led away from; None: from no condition.
    """

    scheduler: str = "ddim"
    steps: int = 200
    eta: float = 1.0
    guidance_scale: float = 3.5
    seed: int = 0
    negative_prompt: str | None = None


@dataclass(frozen=True)
class Heard:
    """What the diffusion model hears: a condition each, or None where it has none.

    Attributes:
        loa: LOA tokens, (B, L, D).
        tokens: Text states, (B, n, D').
        sentence: Sentence vectors beside the step, (B, 1, D'').
    """

    loa: Condition | None
    tokens: Condition | None
    sentence: Condition | None = None


def ids_of(utt_ids: Sequence[str], candidate: int) -> list[str]:
    """Return the ids that decide the noise of a candidate; the first has its clip's."""
    if candidate == 0:
        return list(utt_ids)
    return [f"{utt_id}\ncandidate {candidate}" for utt_id in utt_ids]
