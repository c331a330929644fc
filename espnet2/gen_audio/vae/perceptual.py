"""Perceptual distances of mel spectrograms: distances of features of a network.

Shapes: B clips, T mel frames, M mel bands.
Source: LPIPS, arXiv:1801.03924. Its weights are not shipped here; without them the
features of the patch discriminator can be compared instead (arXiv:1512.09300).
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch.nn.functional import conv2d, max_pool2d

from espnet2.gen_audio.files.tensor_file import load_tensors

# convolutions of VGG16 by stage, with torchvision's numbers
VGG_STAGES = ((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28))
WEIGHTS = tuple(
    f"features.{index}.{part}"
    for stage in VGG_STAGES
    for index in stage
    for part in ("weight", "bias")
) + tuple(f"lin{level}.model.1.weight" for level in range(len(VGG_STAGES)))
# LPIPS' colour normalisation, used as published, although a mel has one channel
SHIFT = (-0.030, -0.088, -0.188)
SCALE = (0.458, 0.448, 0.450)


def feature_distance(
    ours: Sequence[torch.Tensor], theirs: Sequence[torch.Tensor]
) -> torch.Tensor:
    """Return the L1 distance of feature maps, averaged over the layers.

    Args:
        ours: Feature maps of the reconstruction, (B, channels, height, width) each.
        theirs: Feature maps of the recording, of equal shapes, without gradient.

    Returns:
        One distance per clip, (B,).
    """
    distances = [
        (a - b.detach()).abs().flatten(1).mean(dim=1) for a, b in zip(ours, theirs)
    ]
    return torch.stack(distances).mean(dim=0)


class LPIPS:
    """Learned perceptual distance over VGG16 features.

    It is no ``torch.nn.Module`` and reads its weights at the first use. So checkpoints
    do not contain these weights, and a trained autoencoder does not need the files.

    Args:
        vgg_weights: State dict of torchvision's VGG16 (``features.0.weight``...).
        linear_weights: State dict of LPIPS' own layers for VGG
            (``lin0.model.1.weight``...).
    """

    def __init__(self, vgg_weights: str, linear_weights: str):
        self._files = (vgg_weights, linear_weights)
        self._weights: dict[str, torch.Tensor] = {}

    def check(self) -> None:
        """Refuse missing weight files before training starts.

        Raises:
            ValueError: If one of the two files does not exist.
        """
        for file in self._files:
            if not file or not Path(file).is_file():
                raise ValueError(
                    f"LPIPS weights {file!r} do not exist; give vgg_weights and "
                    "linear_weights in loss_conf, or choose perceptual: none"
                )

    def __call__(self, ours: torch.Tensor, theirs: torch.Tensor) -> torch.Tensor:
        """Return the distance of two mel spectrograms.

        Args:
            ours: (B, T, M).
            theirs: (B, T, M).

        Returns:
            One distance per clip, (B,).
        """
        weights = self._load(ours.device)
        total = ours.new_zeros(len(ours))
        stages = zip(_vgg_stages(ours, weights), _vgg_stages(theirs, weights))
        for level, (a, b) in enumerate(stages):
            difference = (_unit(a) - _unit(b)).square()
            score = conv2d(difference, weights[f"lin{level}.model.1.weight"])
            total = total + score.flatten(1).mean(dim=1)
        return total

    def _load(self, device: torch.device) -> dict[str, torch.Tensor]:
        if not self._weights:
            self.check()
            stored = {
                n: w for file in self._files for n, w in load_tensors(file).items()
            }
            missing = [name for name in WEIGHTS if name not in stored]
            if missing:
                raise ValueError(
                    f"{' and '.join(self._files)} lack {', '.join(missing)}; VGG16 of "
                    "torchvision and the 'vgg' layers of LPIPS are needed"
                )
            # without the classifier, which has nine tenths of VGG16's weights
            self._weights = {name: stored[name] for name in WEIGHTS}
        self._weights = {name: w.to(device) for name, w in self._weights.items()}
        return self._weights


def _vgg_stages(
    mel: torch.Tensor, weights: dict[str, torch.Tensor]
) -> list[torch.Tensor]:
    shift = mel.new_tensor(SHIFT).view(1, 3, 1, 1)
    scale = mel.new_tensor(SCALE).view(1, 3, 1, 1)
    x = (mel.unsqueeze(1) - shift) / scale  # (B, 3, T, M)
    outputs = []
    for stage in VGG_STAGES:
        if outputs:
            x = max_pool2d(x, kernel_size=2)
        for index in stage:
            kernel = weights[f"features.{index}.weight"]
            x = conv2d(x, kernel, weights[f"features.{index}.bias"], padding=1).relu()
        outputs.append(x)
    return outputs


def _unit(x: torch.Tensor) -> torch.Tensor:
    # the constant is inside the root, so that the gradient is finite at x = 0
    return x / (x.square().sum(dim=1, keepdim=True) + 1e-20).sqrt()
