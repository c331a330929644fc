"""The upper band of a sound that has none: made to fit the lower one.

The latent bins below the cut stay at every step. The result is the given sound plus
what was made above the cut.
"""

from dataclasses import dataclass
from typing import Any

import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.mel import mel_filter_bank
from espnet2.gen_audio.pipeline.decoding import latent_of, loa_of_windows
from espnet2.gen_audio.pipeline.lengths import frames_of
from espnet2.gen_audio.pipeline.paste import added_within_full_scale, upper_band
from espnet2.gen_audio.pipeline.plan import Plan
from espnet2.gen_audio.pipeline.ranking import Candidate
from espnet2.gen_audio.pipeline.source import Source

_BELOW_NYQUIST = 0.95  # resamplers leave the last twentieth of the band empty


@dataclass(frozen=True)
class SuperResolution:
    """Give a sound the band above a frequency.

    Attributes:
        source: The given sound.
        cut: Where its band ends, in Hz; if None, what the file's sampling rate says.
    """

    source: Source
    cut: float | None = None

    def plan(self, system: Any, request: Any) -> Plan:
        """Return what is to be sampled for a request.

        Args:
            system: The models.
            request: The caption may be empty where the system has an AudioMAE; the
                length is that of the source.

        Returns:
            The plan.

        Raises:
            ValueError: If the cut lies outside the band of the models.
        """
        facts, samples = system.facts, len(self.source)
        geometry = facts.geometry
        cut = self.cut
        if cut is None and self.source.rate_before >= geometry.sample_rate:
            raise ValueError(
                f"{request.utt_id}: a file of {self.source.rate_before} Hz does not "
                "say where its band ends; give the frequency (--cut)"
            )
        if cut is None:
            cut = _BELOW_NYQUIST * self.source.rate_before / 2
        stays = bins_below(cut, geometry)
        if not 0 < stays < geometry.latent_bins:
            raise ValueError(
                f"{request.utt_id}: cut {cut:g} Hz leaves {stays} of "
                f"{geometry.latent_bins} latent bins; give the frequency where the "
                f"sound's band ends, below {geometry.mel_high:g} Hz (--cut)"
            )
        frames = frames_of(samples, geometry, facts.multiple)
        crop, known = latent_of(system, self.source, 0, samples, frames)
        keep = torch.zeros(known.shape[1:])
        keep[:, :stays] = 1.0
        loa = share = None
        if not (request.caption.strip() or request.transcript):
            loa = loa_of_windows(system, self.source, frames)
            share = None if loa is None else torch.ones(loa.shape[:2])

        def finish(made: torch.Tensor) -> Candidate:
            own = crop.at_own_level(made)
            upper = upper_band(own, cut, geometry.sample_rate)
            wave = added_within_full_scale(self.source.wave, upper, request.utt_id)
            return Candidate(wave, raw=own)

        return Plan(samples, frames, finish, loa, share, known=known, keep=keep)


def bins_below(cut: float, geometry: ClipGeometry) -> int:
    """Return how many latent bins lie wholly below a frequency.

    Args:
        cut: Frequency in Hz.
        geometry: Bands and bins.

    Returns:
        Bins, from the lowest up.
    """
    bank = mel_filter_bank(geometry)
    hertz = torch.linspace(0, geometry.sample_rate / 2, bank.shape[1], device="cpu")
    tops = torch.stack([hertz[row > 0].max() for row in bank])  # of every mel band
    per_bin = tops.unflatten(0, (-1, geometry.downsample)).amax(dim=1)
    return int((per_bin <= cut).sum())
