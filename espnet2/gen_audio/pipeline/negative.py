"""The negative prompt: what guidance leads away from."""

from functools import cached_property

import torch

from espnet2.gen_audio.conditioner.condition import Conditions
from espnet2.gen_audio.pipeline.encode import encode_captions
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.predict_loa import predict_loa
from espnet2.gen_audio.pipeline.sample import diffusion_conditions
from espnet2.gen_audio.pipeline.system import System


class NegativePrompt:
    """Conditions that replace the null conditions of guidance.

    The prompt is encoded at once. Its LOA is predicted when ``conditions`` is first
    used, so that a system with lazy loading loads GPT-2 once for it and the requests.

    Args:
        system: The models.
        options: Sampling options, with or without a negative prompt.

    Raises:
        ValueError: If the system's behaviour has no negative prompts.
    """

    def __init__(self, system: System, options: SamplingOptions):
        self.system, self.seed = system, options.seed
        self.batch = None
        if options.negative_prompt is not None:
            system.behaviour.refuse_negative(options.negative_prompt)
            self.batch = encode_captions(system, [options.negative_prompt])

    @cached_property
    def conditions(self) -> Conditions | None:
        """Conditions of the diffusion model, one row; None without a prompt."""
        if self.batch is None:
            return None
        with torch.no_grad():
            noise_ids = [(self.seed, "negative prompt")]
            loa = predict_loa(self.system, self.batch, noise_ids=noise_ids)
            return diffusion_conditions(self.system, self.batch, loa)
