"""The network with fixed conditions, called once per solver step.

Shapes: B clips, C channels, T latent frames, F latent bins, R rows of the guidance
batch: B without guidance; 2 B with it, conditional rows before null ones.
"""

from collections.abc import Callable
from typing import Protocol

import torch

from espnet2.gen_audio.condition.condition import Conditions, stack_rows
from espnet2.gen_audio.diffusion.backbone.abs_backbone import AbsBackbone


class Predictor(Protocol):
    """Predict for fixed conditions, step by step."""

    def __call__(
        self, noisy: torch.Tensor, step: torch.Tensor, reuse: bool = False
    ) -> torch.Tensor:
        """Predict one step.

        Args:
            noisy: Noisy latents, (B, C, T, F).
            step: Diffusion step of each clip, (B,).
            reuse: Whether to reuse the features of deep levels from an earlier step
                (DeepCache, arXiv:2312.00858), if the predictor supports it.

        Returns:
            Predictions of the guidance batch, (R, C, T, F).
        """


# (network, conditions, null conditions or None without guidance) -> predictor
PredictorFactory = Callable[[AbsBackbone, Conditions, Conditions | None], Predictor]


class PlainPredictor:
    """Call the network on the whole guidance batch, without any caching.

    Args:
        network: The network, in eval mode.
        conditions: Conditions of the clips by name, B rows each.
        null: Null conditions by name, B rows each; None without guidance.
    """

    def __init__(
        self,
        network: AbsBackbone,
        conditions: Conditions,
        null: Conditions | None = None,
    ):
        self.network = network
        self.copies = 1 if null is None else 2
        self.conditions = conditions if null is None else stack_rows([conditions, null])

    def __call__(
        self, noisy: torch.Tensor, step: torch.Tensor, reuse: bool = False
    ) -> torch.Tensor:
        """Predict one step; all levels are computed, see ``Predictor``.

        Args:
            noisy: Noisy latents, (B, C, T, F).
            step: Diffusion step of each clip, (B,).
            reuse: Must be False.

        Returns:
            Predictions of the guidance batch, (R, C, T, F).

        Raises:
            ValueError: If ``reuse`` is True.
        """
        if reuse:
            raise ValueError(
                f"a plain {type(self.network).__name__} reuses no features of earlier "
                "steps, which reuse_every above 1 needs; prepare() it, or set 1"
            )
        batch = noisy.repeat(self.copies, 1, 1, 1)
        return self.network(batch, step.repeat(self.copies), self.conditions)
