"""Interface of a diffusion process, for training and sampling.

Shapes: B clips, C channels, T latent frames, F latent bins.
"""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import torch


class AbsProcess(torch.nn.Module, ABC):
    """A diffusion process: noise, target of the network, and solvers.

    Time runs from 0 (clean) to ``num_steps`` (noise), in the unit of the time steps of
    diffusers' schedulers; it may be discrete or continuous. The constructor arguments
    of a subclass are the keys of ``--process_conf``.

    Attributes:
        num_steps: Upper end of the time axis.
        takes_eta: Whether DDIM's eta applies to the solver that ``ddim`` names.
    """

    num_steps: int
    takes_eta: ClassVar[bool] = True

    def draw_times(self, batch: int) -> torch.Tensor:
        """Draw the times of a training batch, with torch's default CPU generator.

        Args:
            batch: Number of clips B.

        Returns:
            Times, (B,).
        """
        return torch.randint(self.num_steps, (batch,))

    def time_at(self, fraction: float) -> float:
        """Return the time at a fraction of the time axis.

        It is used in validation, and in training except for the distribution
        ``uniform``.

        Args:
            fraction: From 0 (clean) to below 1 (noise).

        Returns:
            A time in the range of ``draw_times``.
        """
        return min(int(fraction * self.num_steps), self.num_steps - 1)

    def loss_weights(self, time: torch.Tensor) -> torch.Tensor:
        """Return the weight of each clip's error in the loss, (B,); 1 by default."""
        return torch.ones(len(time), device=time.device)

    @abstractmethod
    def add_noise(
        self, x0: torch.Tensor, eps: torch.Tensor, time: torch.Tensor
    ) -> torch.Tensor:
        """Return the noisy latent.

        Args:
            x0: Clean latent, (B, C, T, F).
            eps: Standard normal noise, (B, C, T, F).
            time: Time of each clip, (B,).

        Returns:
            Noisy latent, (B, C, T, F).
        """

    @abstractmethod
    def target(
        self, x0: torch.Tensor, eps: torch.Tensor, time: torch.Tensor
    ) -> torch.Tensor:
        """Return the training target of the network.

        Args:
            x0: Clean latent, (B, C, T, F).
            eps: The noise that was added, (B, C, T, F).
            time: Time of each clip, (B,).

        Returns:
            The target, (B, C, T, F).
        """

    @abstractmethod
    def to_eps(
        self, predicted: torch.Tensor, noisy: torch.Tensor, time: torch.Tensor
    ) -> torch.Tensor:
        """Return the noise that a prediction implies.

        Args:
            predicted: Output of the network, (B, C, T, F).
            noisy: Its input, (B, C, T, F).
            time: Time of each clip, (B,).

        Returns:
            Estimated noise, (B, C, T, F).
        """

    @abstractmethod
    def to_x0(
        self, predicted: torch.Tensor, noisy: torch.Tensor, time: torch.Tensor
    ) -> torch.Tensor:
        """Return the clean latent that a prediction implies.

        Args:
            predicted: Output of the network, (B, C, T, F).
            noisy: Its input, (B, C, T, F).
            time: Time of each clip, (B,).

        Returns:
            Estimated clean latent, (B, C, T, F).
        """

    @abstractmethod
    def build_scheduler(self, name: str) -> Any:
        """Build a solver for sampling.

        Args:
            name: A short name, or a scheduler class of diffusers.

        Returns:
            The scheduler, whose time steps are times of this process.
        """

    def to_network(
        self, noisy: torch.Tensor, time: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Convert a noisy latent and its time to the input of the network; unchanged.

        Args:
            noisy: Noisy latent of the process, (B, C, T, F).
            time: Time of each clip, (B,).

        Returns:
            The latent as the network was trained on it, (B, C, T, F), and its time in
            the network's unit, (B,).
        """
        return noisy, time

    def to_scheduler(
        self, predicted: torch.Tensor, noisy: torch.Tensor, time: torch.Tensor
    ) -> torch.Tensor:
        """Convert a prediction to the input of the scheduler's ``step``; unchanged.

        Args:
            predicted: Output of the network after guidance, (B, C, T, F).
            noisy: The noisy latent of the process, (B, C, T, F).
            time: Time of each clip, (B,).

        Returns:
            Model output for the scheduler, (B, C, T, F).
        """
        return predicted
