"""Patch discriminator: classify patches of a mel spectrogram as real or generated.

Shapes: B clips, T mel frames, M mel bands, (H, W) grid of classified patches.
Source: pix2pix, arXiv:1611.07004 (PatchGAN); hinge loss, arXiv:1705.02894.
"""

import torch
from torch.nn.functional import relu

from espnet2.gen_audio.vae.batch_norm import BatchNorm


class PatchDiscriminator(torch.nn.Module):
    """Convolutions with one score for each of many overlapping patches.

    Args:
        width: Channels of the first layer; each further layer doubles them, up to 8
            times.
        num_layers: Layers that halve time and frequency; with 3, a patch is 70 x 70.
    """

    def __init__(self, *, width: int = 64, num_layers: int = 3):
        super().__init__()
        self.layers = torch.nn.ModuleList([_layer(1, width, stride=2, norm=False)])
        channels = width
        for depth in range(1, num_layers + 1):
            wider = width * min(2**depth, 8)
            stride = 2 if depth < num_layers else 1
            self.layers.append(_layer(channels, wider, stride=stride, norm=True))
            channels = wider
        self.score = torch.nn.Conv2d(channels, 1, kernel_size=4, padding=1)
        self.apply(_initialise)

    def features(self, mel: torch.Tensor) -> list[torch.Tensor]:
        """Return the outputs of all layers before the score.

        Args:
            mel: Log mel spectrogram, (B, T, M).

        Returns:
            Feature maps from fine to coarse, (B, channels, height, width) each.
        """
        maps = [mel.unsqueeze(1)]
        for layer in self.layers:
            maps.append(layer(maps[-1]))
        return maps[1:]

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        """Return the score of each patch; a high score means real.

        Args:
            mel: Log mel spectrogram, (B, T, M).

        Returns:
            Scores without a final activation, (B, 1, H, W).
        """
        return self.score(self.features(mel)[-1])


def hinge_loss(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """Return the discriminator's hinge loss, which is 0 beyond both margins.

    Args:
        real: Scores of recordings, any shape.
        fake: Scores of reconstructions, any shape.

    Returns:
        Half the sum of the mean margin violations on both sides, ().
    """
    return 0.5 * (relu(1.0 - real).mean() + relu(1.0 + fake).mean())


def _layer(
    inputs: int, outputs: int, *, stride: int, norm: bool
) -> torch.nn.Sequential:
    # no bias before batch normalisation, which has one
    parts = [torch.nn.Conv2d(inputs, outputs, 4, stride, padding=1, bias=not norm)]
    if norm:
        parts.append(BatchNorm(outputs))
    return torch.nn.Sequential(*parts, torch.nn.LeakyReLU(0.2))


def _initialise(module: torch.nn.Module) -> None:
    # small weights, which stabilise the start of training in pix2pix
    if isinstance(module, torch.nn.Conv2d):
        torch.nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, torch.nn.BatchNorm2d):
        torch.nn.init.normal_(module.weight, 1.0, 0.02)
