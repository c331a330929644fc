"""Masked autoencoder: predict hidden patches of a filter bank from the visible ones.

    filter bank                                      (B, F, M)
    patches of p x p, most of them hidden            P patches, K of them visible
    encoder: vision transformer on visible patches   (B, 1 + K, D), class token first
    decoder: a mask token for each hidden patch      (B, P, p * p)
    loss: squared error of hidden patches, each normalised to variance 1, (B,)

After training only the encoder is used: LOA is pooled from its features (``loa.py``).

Shapes: B clips, F frames, M bins, P patches, K visible ones, D features, p side of a
patch. Source: MAE, arXiv:2111.06377, and AudioMAE, arXiv:2207.06405, section 3.
"""

import torch

from espnet2.gen_audio.audiomae.decoder import AudioMAEDecoder
from espnet2.gen_audio.audiomae.encoder import AudioMAEEncoder
from espnet2.gen_audio.audiomae.masking import PatchMask
from espnet2.gen_audio.audiomae.patches import patchify

_SMALLEST_VARIANCE = 1e-6  # variance of a patch, which is 0 for silence


class MaskedAutoencoder(torch.nn.Module):
    """Encoder and decoder, with the loss of the hidden patches.

    Args:
        encoder: Reads the visible patches.
        decoder: Predicts all patches.
        side: Side of a patch.
    """

    def __init__(self, encoder: AudioMAEEncoder, decoder: AudioMAEDecoder, side: int):
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.side = side

    def forward(self, fbank: torch.Tensor, mask: PatchMask) -> torch.Tensor:
        """Return the mean squared error over the hidden patches of each clip.

        Args:
            fbank: Normalised filter bank, (B, F, M).
            mask: The hidden patches.

        Returns:
            Errors relative to the variance of a patch, (B,).
        """
        features = self.encoder(fbank, mask)  # (B, 1 + K, D)
        predicted = self.decoder(features, mask)  # (B, P, p * p)
        target = normalise_patches(patchify(fbank, self.side))
        error = (predicted.float() - target).square().mean(dim=2)  # (B, P)
        hidden = mask.hidden.float()
        return (error * hidden).sum(dim=1) / hidden.sum(dim=1)


def normalise_patches(patches: torch.Tensor) -> torch.Tensor:
    """Normalise every patch to mean 0 and variance 1.

    Args:
        patches: Values, (B, P, p * p).

    Returns:
        Normalised values in float32, (B, P, p * p); a constant patch becomes zeros.
    """
    patches = patches.float()
    mean = patches.mean(dim=2, keepdim=True)
    variance = patches.var(dim=2, keepdim=True)
    return (patches - mean) / (variance + _SMALLEST_VARIANCE).sqrt()
