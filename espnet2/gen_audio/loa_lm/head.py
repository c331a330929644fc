"""Interface of the heads, from a hidden state of GPT-2 to a vector of the LOA.

Shapes: B clips, L LOA tokens, D width of GPT-2 and of LOA.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch


class AbsHead(torch.nn.Module, ABC):
    """Turn the hidden state at one position into the next LOA vector.

    Attributes:
        samples: Whether vectors are samples, which depend on noise.
    """

    samples: bool

    @abstractmethod
    def mean_of(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return the mean prediction, which can be compared between heads.

        Args:
            hidden: Hidden states, (B, L, D).

        Returns:
            LOA, (B, L, D).
        """

    @abstractmethod
    def sample(
        self, hidden: torch.Tensor, noise: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Return the vectors of generation.

        Args:
            hidden: Hidden states, (B, L, D).
            noise: Standard normal numbers, (B, L, D), for a head that samples.

        Returns:
            LOA, (B, L, D); gradients flow.
        """

    @abstractmethod
    def loss(
        self,
        hidden: torch.Tensor,
        target: torch.Tensor,
        generators: Sequence[torch.Generator] | None = None,
    ) -> torch.Tensor | None:
        """Return the head's own loss.

        Args:
            hidden: Hidden states, (B, L, D).
            target: True LOA, (B, L, D).
            generators: One generator per clip, so that every validation has the same
                draws; torch's global generator if None.

        Returns:
            The loss; None if the loss is the error of ``mean_of``, which the model
            computes.
        """


class RegressionHead(AbsHead):
    """The published head, which has no weights: the hidden state is the LOA vector.

    Args:
        width: Width D, not used.
    """

    samples = False

    def __init__(self, width: int):
        super().__init__()

    def mean_of(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return the hidden states, see ``AbsHead``."""
        return hidden

    def sample(
        self, hidden: torch.Tensor, noise: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Return the hidden states; noise is not used, see ``AbsHead``."""
        return hidden

    def loss(
        self,
        hidden: torch.Tensor,
        target: torch.Tensor,
        generators: Sequence[torch.Generator] | None = None,
    ) -> None:
        """Return None: the loss is the error of the hidden states."""
        return None
