"""What the network predicts: the noise eps, the clean latent x0 or the velocity v.

Shapes: every latent (B, C, T, F); signal and sigma (B, 1, 1, 1), with
signal^2 + sigma^2 = 1.
Source: eps, arXiv:2006.11239; x0 and v = signal eps - sigma x0, arXiv:2202.00512
(appendix D). The published models predict eps. Predicting x0 is trivial at the first
steps and predicting eps at the last; v is a task of similar difficulty at every step.
"""

import torch

# name in our configs -> prediction_type of diffusers' schedulers
PREDICTION_TYPES = {"eps": "epsilon", "v": "v_prediction", "x0": "sample"}


class Objective:
    """One of the three targets, with the conversion of predictions to eps and x0.

    Args:
        name: ``eps`` (published), ``v`` or ``x0``.

    Raises:
        ValueError: If there is no such objective.
    """

    def __init__(self, name: str = "eps"):
        if name not in PREDICTION_TYPES:
            raise ValueError(
                f"objective {name!r} is unknown; use {', '.join(PREDICTION_TYPES)}"
            )
        self.name = name

    @property
    def prediction_type(self) -> str:
        """The name that diffusers' schedulers give this objective."""
        return PREDICTION_TYPES[self.name]

    def target(
        self,
        x0: torch.Tensor,
        eps: torch.Tensor,
        signal: torch.Tensor,
        sigma: torch.Tensor,
    ) -> torch.Tensor:
        """Return the training target.

        Args:
            x0: Clean latent, (B, C, T, F).
            eps: The noise that was added, (B, C, T, F).
            signal: Weight of the clean latent, (B, 1, 1, 1).
            sigma: Weight of the noise, (B, 1, 1, 1).

        Returns:
            The target, (B, C, T, F).
        """
        if self.name == "eps":
            return eps
        if self.name == "x0":
            return x0
        return signal * eps - sigma * x0

    def to_eps(
        self,
        predicted: torch.Tensor,
        noisy: torch.Tensor,
        signal: torch.Tensor,
        sigma: torch.Tensor,
    ) -> torch.Tensor:
        """Return the noise that a prediction implies.

        Args:
            predicted: Output of the network, (B, C, T, F).
            noisy: Its input, signal x0 + sigma eps, (B, C, T, F).
            signal: Weight of the clean latent, (B, 1, 1, 1).
            sigma: Weight of the noise, above 0, (B, 1, 1, 1).

        Returns:
            Estimated noise, (B, C, T, F).
        """
        if self.name == "eps":
            return predicted
        if self.name == "x0":
            return (noisy - signal * predicted) / sigma
        return sigma * noisy + signal * predicted

    def to_x0(
        self,
        predicted: torch.Tensor,
        noisy: torch.Tensor,
        signal: torch.Tensor,
        sigma: torch.Tensor,
    ) -> torch.Tensor:
        """Return the clean latent that a prediction implies.

        Args:
            predicted: Output of the network, (B, C, T, F).
            noisy: Its input, (B, C, T, F).
            signal: Weight of the clean latent, above 0, (B, 1, 1, 1).
            sigma: Weight of the noise, (B, 1, 1, 1).

        Returns:
            Estimated clean latent, (B, C, T, F).
        """
        if self.name == "eps":
            return (noisy - sigma * predicted) / signal
        if self.name == "x0":
            return predicted
        return signal * noisy - sigma * predicted
