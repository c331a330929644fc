"""Train AudioMAE: the loss of the hidden patches in a batch of clips.

Shapes: B clips, T samples, F frames, M bins, P patches, D features.
"""

from collections.abc import Sequence
from typing import Any

import torch
from espnet2.torch_utils.device_funcs import force_gatherable
from espnet2.train.abs_espnet_model import AbsESPnetModel

from espnet2.gen_audio.audiomae.encoder import AudioMAEEncoder
from espnet2.gen_audio.audiomae.mae import MaskedAutoencoder
from espnet2.gen_audio.audiomae.masking import fixed_noise, mask_of
from espnet2.gen_audio.feats.clip import FBANK_RATE, ClipGeometry
from espnet2.gen_audio.feats.fbank import AudioMAEFbank

_WINDOW_SECONDS = 0.025  # window of the filter bank


class ESPnetAudioMAEModel(AbsESPnetModel):
    """Masked pre-training, and the patch features from which LOA is pooled.

    Args:
        mae: Encoder, decoder and loss.
        fbank: Normalised filter bank.
        geometry: Length of a clip.
        mask_ratio: Fraction of the patches that are hidden; 0.8 published.
        gain_beta: In training each clip is scaled by 0.5 + Beta(b, b), with b = 10 in
            AudioMAE; 0 disables this scaling.
    """

    def __init__(
        self,
        mae: MaskedAutoencoder,
        fbank: AudioMAEFbank,
        geometry: ClipGeometry,
        *,
        mask_ratio: float = 0.8,
        gain_beta: float = 10.0,
    ):
        super().__init__()
        mask_of(torch.zeros(1, geometry.num_patches), mask_ratio)  # checks the ratio
        self.mae = mae
        self.fbank = fbank
        self.geometry = geometry
        self.mask_ratio = mask_ratio
        self.gain_beta = gain_beta

    @property
    def encoder(self) -> AudioMAEEncoder:
        """The encoder, the only part that is used after training."""
        return self.mae.encoder

    def forward(
        self,
        audio: torch.Tensor,
        audio_lengths: torch.Tensor,
        utt_id: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor], torch.Tensor]:
        """Return the loss of one batch.

        Args:
            audio: Clips of the geometry's length, (B, T).
            audio_lengths: Unused: all clips have equal length.
            utt_id: Ids of the clips, which seed the masks in validation.
            **kwargs: Unused.

        Returns:
            The loss, the statistics to log, and the batch size as the loss's weight.
        """
        if self.training:
            fbank = self.fbank(self._vary_level(audio))
            shape = (len(audio), self.geometry.num_patches)
            noise = torch.rand(shape, device=audio.device)
        else:
            fbank = self.fbank(audio)
            ids = utt_id or [""] * len(audio)
            noise = fixed_noise(ids, self.geometry.num_patches).to(audio.device)
        fbank = fbank.to(audio.dtype)  # the precision of the network
        loss = self.mae(fbank, mask_of(noise, self.mask_ratio)).mean()
        return force_gatherable(
            (loss, {"loss": loss.detach()}, len(audio)), loss.device
        )

    def collect_feats(
        self, audio: torch.Tensor, audio_lengths: torch.Tensor, **kwargs: Any
    ) -> dict[str, torch.Tensor]:
        """Return the filter bank before normalisation, for its mean and std.

        Args:
            audio: Clips of the geometry's length, (B, T).
            audio_lengths: Unused: all clips have equal length.
            **kwargs: Unused.

        Returns:
            ``fbank`` (B, F, M) and ``fbank_lengths`` (B,). The lengths exclude the
            frames that were appended to fill the last patch.
        """
        fbank = self.fbank(audio) * (2 * self.fbank.std) + self.fbank.mean
        seconds = audio.shape[1] / self.geometry.sample_rate - _WINDOW_SECONDS
        whole = min(fbank.shape[1], int(seconds * FBANK_RATE + 1e-6) + 1)
        return {"fbank": fbank, "fbank_lengths": torch.full((len(fbank),), whole)}

    def patch_features(self, audio: torch.Tensor) -> torch.Tensor:
        """Return the features from which LOA is pooled.

        Args:
            audio: Clips of the geometry's length, peak 0.5, (B, T).

        Returns:
            Features, time-major, without the class token, (B, P, D).
        """
        return self.encoder.patch_features(self.fbank(audio))

    def _vary_level(self, audio: torch.Tensor) -> torch.Tensor:
        if not self.gain_beta:
            return audio
        beta = torch.distributions.Beta(self.gain_beta, self.gain_beta)
        return audio * (0.5 + beta.sample((len(audio), 1)).to(audio))
