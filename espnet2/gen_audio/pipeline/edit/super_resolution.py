"""Super-resolution: generate the missing upper band of a sound.

The latent bins below the cut are kept at every step. The result is the given sound plus
the generated sound above the cut.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.mel import mel_filter_bank
from espnet2.gen_audio.pipeline.edit.cross_fade import (
    added_within_full_scale,
    upper_band,
)
from espnet2.gen_audio.pipeline.edit.encode_source import latent_of, loa_of_windows
from espnet2.gen_audio.pipeline.edit.source import Source
from espnet2.gen_audio.pipeline.lengths import frames_of
from espnet2.gen_audio.pipeline.loa_source import PREDICTED, LOASource
from espnet2.gen_audio.pipeline.request import (
    Candidate,
    Plan,
    Request,
    refuse_without_input,
)
from espnet2.gen_audio.pipeline.system import System

_BELOW_NYQUIST = 0.95  # resampled sounds lack the last twentieth of the band


@dataclass(frozen=True)
class SuperResolution:
    """Generate the band of a sound above a frequency.

    Attributes:
        source: The given sound.
        cut: Upper end of its band, in Hz; if None, from the file's sampling rate.
    """

    edits_latent: ClassVar[bool] = True

    source: Source
    cut: float | None = None

    def check(self, system: System, request: Request) -> None:
        """Refuse a request that cannot be met, before anything is encoded.

        Args:
            system: The parts.
            request: As for ``plan``.

        Raises:
            ValueError: If the cut lies outside the band of the models, or the caption
                is empty and the system has no AudioMAE.
        """
        refuse_without_input(system, request, "super-resolution")
        self._kept_bins(system.specification.geometry, request.utt_id)

    def plan(self, system: System, request: Request) -> Plan:
        """Return the plan of a request.

        Args:
            system: The parts.
            request: The request. The caption may be empty if the system has an
                AudioMAE; the length is that of the source.

        Returns:
            The plan.
        """
        self.check(system, request)
        geometry, samples = system.specification.geometry, len(self.source)
        cut = self._cut(geometry, request.utt_id)
        kept_bins = self._kept_bins(geometry, request.utt_id)
        frames = frames_of(samples, system.specification)
        crop, known = latent_of(system, self.source, 0, samples, frames)
        keep = torch.zeros(known.shape[1:])
        keep[:, :kept_bins] = 1.0
        loa = None
        if not request.has_text:
            loa = loa_of_windows(system, self.source, frames)
        source = PREDICTED
        if loa is not None:
            source = LOASource(given=loa, weight=torch.ones(loa.shape[:2]))

        def finish(made: torch.Tensor) -> Candidate:
            """Add the band above the cut to the given sound."""
            own = crop.at_own_level(made)
            upper = upper_band(own, cut, geometry.sample_rate)
            wave = added_within_full_scale(self.source.wave, upper, request.utt_id)
            return Candidate(wave, raw=own)

        return Plan(samples, frames, finish, source, known, keep)

    def _kept_bins(self, geometry: ClipGeometry, utt_id: str) -> int:
        """Return how many latent bins are kept."""
        cut = self._cut(geometry, utt_id)
        kept_bins = bins_below(cut, geometry)
        if not 0 < kept_bins < geometry.latent_bins:
            raise ValueError(
                f"{utt_id}: cut {cut:g} Hz leaves {kept_bins} of "
                f"{geometry.latent_bins} latent bins; give the frequency where the "
                f"sound's band ends, below {geometry.mel_high:g} Hz (--cut)"
            )
        return kept_bins

    def _cut(self, geometry: ClipGeometry, utt_id: str) -> float:
        """Return the upper end of the band of the source, in Hz."""
        rate = self.source.rate_before
        if self.cut is not None:
            return self.cut
        if rate >= geometry.sample_rate:
            raise ValueError(
                f"{utt_id}: the band of a sound of {rate} Hz is not known; give "
                "the frequency (--cut)"
            )
        return _BELOW_NYQUIST * rate / 2


def bins_below(cut: float, geometry: ClipGeometry) -> int:
    """Return the number of latent bins that lie completely below a frequency.

    Args:
        cut: Frequency in Hz.
        geometry: Bands and bins.

    Returns:
        Number of bins, counted from the lowest.
    """
    bank = mel_filter_bank(geometry)
    hertz = torch.linspace(0, geometry.sample_rate / 2, bank.shape[1], device="cpu")
    tops = torch.stack([hertz[row > 0].max() for row in bank])  # top of each mel band
    per_bin = tops.unflatten(0, (-1, geometry.downsample)).amax(dim=1)
    return int((per_bin <= cut).sum())
