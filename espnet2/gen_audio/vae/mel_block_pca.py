"""Principal components of mel blocks: an autoencoder that needs no training.

A block is ``downsample`` x ``downsample`` values of the log mel spectrogram; its first
``latent_channels`` principal components are the latent, in the size of the geometry. No
linear autoencoder of blocks has a smaller squared error (Eckart and Young,
Psychometrika 1, 1936).

Shapes: B clips, T mel frames, M mel bands, D = downsample^2 values of a block, latent
(C, T', F') with T' = T / downsample and F' = M / downsample.
"""

from pathlib import Path

import numpy as np
import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.files.array_file import read_arrays

SMALLEST = (
    1e-8  # smallest variance of a component; smaller values are set to this value
)


class LinearPath(torch.nn.Module):
    """From mel blocks to components and back; all weights are zero until it is fitted.

    Args:
        geometry: Sizes of mel and latent.
        whitening: Exponent w. Each component is divided by its standard deviation to
            the power w: 0 does not change components, 1 scales all of them to variance
            1.
        persistent: Whether the components are saved in checkpoints.
        components: Number of components that are used; the other channels of the
            latent are zero. If None, there is one for each channel.

    Raises:
        ValueError: If whitening or components are out of range, or a block has fewer
            values than the latent has channels.
    """

    def __init__(
        self,
        geometry: ClipGeometry,
        whitening: float = 0.0,
        persistent: bool = True,
        components: int | None = None,
    ):
        super().__init__()
        side, channels = geometry.downsample, geometry.latent_channels
        if not 0.0 <= whitening <= 1.0:
            raise ValueError(f"whitening {whitening} must be from 0 to 1")
        if channels > side**2:
            raise ValueError(
                f"latent_channels {channels} are more than the {side**2} values of a "
                f"block of {side} x {side}; there are no more components"
            )
        components = channels if components is None else components
        if not 1 <= components <= channels:
            raise ValueError(
                f"components {components} must be from 1 to {channels}, the channels "
                "of the latent"
            )
        self.side = side
        self.whitening = whitening
        self.components = components
        for name, shape in (
            ("mean", (side**2,)),
            ("analysis", (channels, side**2)),
            ("synthesis", (side**2, channels)),
            ("std", (channels,)),
        ):
            self.register_buffer(name, torch.zeros(shape), persistent=persistent)

    @property
    def scale(self) -> torch.Tensor:
        """Divisor of each component by whitening, (C, 1, 1)."""
        return (self.std**self.whitening)[:, None, None]

    @property
    def prior_std(self) -> torch.Tensor:
        """Standard deviation of each latent channel in the training data, (C, 1, 1)."""
        return (self.std ** (1.0 - self.whitening))[:, None, None]

    @property
    def is_fitted(self) -> bool:
        """Whether the components are set."""
        return bool(self.synthesis.any())

    def fit(self, moments: torch.Tensor) -> None:
        """Set the components from the moments of the training data's blocks.

        Args:
            moments: Mean of ``block_moments`` over clips, (D + D^2,).

        Raises:
            ValueError: If the moments are of blocks of another size, or all variances
                are 0.
        """
        size, channels = len(self.mean), len(self.analysis)
        if len(moments) != size + size**2:
            raise ValueError(
                f"{len(moments)} moments do not belong to blocks of {size} values, "
                f"which have {size + size**2}; measure them with this geometry"
            )
        mean = moments[:size].double()
        second = moments[size:].double().view(size, size)
        variances, vectors = torch.linalg.eigh(second - mean[:, None] * mean)
        variances = variances.flip(0)[:channels]
        if not variances[0] > SMALLEST:
            raise ValueError(
                f"the greatest variance of a mel block is {variances[0]:g}; the data "
                "are silent or damaged"
            )
        vectors = vectors.flip(1)[:, :channels]
        # the sign of an eigenvector is arbitrary: here, louder means larger
        vectors = vectors * vectors.sum(dim=0).sign().where(vectors.sum(dim=0) != 0, 1)
        std = variances.clamp(min=SMALLEST).sqrt()
        scale = std**self.whitening
        vectors[:, self.components :] = 0.0
        self.mean.copy_(mean)
        self.std.copy_(std)
        self.analysis.copy_((vectors / scale).t())
        self.synthesis.copy_(vectors * scale)

    def encode(self, mel: torch.Tensor) -> torch.Tensor:
        """Return the components of a log mel spectrogram.

        Args:
            mel: (B, T, M).

        Returns:
            (B, C, T', F').
        """
        centred = mel_blocks(mel, self.side) - self.mean
        return (centred @ self.analysis.t()).permute(0, 3, 1, 2)

    def decode(self, latent: torch.Tensor) -> torch.Tensor:
        """Return the log mel spectrogram of components.

        Args:
            latent: (B, C, T', F').

        Returns:
            (B, T, M).
        """
        blocks = latent.permute(0, 2, 3, 1) @ self.synthesis.t() + self.mean
        batch, rows, columns, _ = blocks.shape
        side = self.side
        tiles = blocks.view(batch, rows, columns, side, side).transpose(2, 3)
        return tiles.reshape(batch, rows * side, columns * side)


def mel_blocks(mel: torch.Tensor, side: int) -> torch.Tensor:
    """Return the blocks of a log mel spectrogram.

    Args:
        mel: (B, T, M).
        side: Frames and bands of a block.

    Returns:
        (B, T', F', D).
    """
    batch, frames, bands = mel.shape
    tiles = mel.reshape(batch, frames // side, side, bands // side, side)
    return tiles.transpose(2, 3).flatten(3)


def block_moments(mel: torch.Tensor, side: int) -> torch.Tensor:
    """Return the first and second moments of the blocks of each clip.

    Args:
        mel: (B, T, M).
        side: Frames and bands of a block.

    Returns:
        Mean of the D values, then mean of their D x D products, (B, D + D^2).
    """
    blocks = mel_blocks(mel, side).flatten(1, 2)
    products = blocks.transpose(1, 2) @ blocks / blocks.shape[1]
    return torch.cat([blocks.mean(dim=1), products.flatten(1)], dim=1)


def read_moments(path: str | Path) -> torch.Tensor:
    """Return the mean moments of a statistics file of ESPnet's collect-stats.

    Args:
        path: ``block_moments_stats.npz``, with the number of clips and the sum.

    Returns:
        (D + D^2,).

    Raises:
        ValueError: If the file contains no clips.
    """
    stats = read_arrays(path, ("count", "sum"))
    count, total = float(stats["count"]), stats["sum"].astype(np.float64)
    if count == 0:
        raise ValueError(f"{path} contains no clips; collect statistics of a data set")
    return torch.from_numpy(total / count)
