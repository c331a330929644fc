"""Batch normalisation over the clips of all processes of a training.

torch's SyncBatchNorm needs GPUs; this one works on CPUs too, where it is tested.

Shapes: B clips of this process, C channels, (H, W) the grid of a feature map.
"""

import torch

from espnet2.gen_audio.ranks import (
    moments_over_ranks,
    number_of_ranks,
    sum_over_ranks,
)


class BatchNorm(torch.nn.BatchNorm2d):
    """torch's BatchNorm2d, with mean and variance of the batch of all processes.

    The names of weights and buffers are those of torch's class.
    """

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Normalise every channel, then scale and shift it.

        Args:
            maps: Feature maps, (B, C, H, W).

        Returns:
            Normalised maps, same shape.
        """
        if not self.training or number_of_ranks() == 1:
            return super().forward(maps)
        values = maps.to(torch.promote_types(maps.dtype, torch.float32))
        rows = values.transpose(0, 1).flatten(1).t()  # (B H W, C)
        mean, variance = moments_over_ranks(rows)
        self._include(mean.detach(), variance.detach(), len(rows))
        scale = self.weight / (variance + self.eps).sqrt()
        apart = values - mean[:, None, None]
        normalised = apart * scale[:, None, None] + self.bias[:, None, None]
        return normalised.to(maps.dtype)

    @torch.no_grad()
    def _include(self, mean: torch.Tensor, variance: torch.Tensor, rows: int) -> None:
        """Move the running statistics, (C,) each, as torch does: variance unbiased."""
        count = sum_over_ranks(mean.new_tensor(rows))
        self.num_batches_tracked += 1
        self.running_mean.lerp_(mean.to(self.running_mean), self.momentum)
        unbiased = variance * count / (count - 1)
        self.running_var.lerp_(unbiased.to(self.running_var), self.momentum)
