"""Load VAE, vocoder, LOA, diffusion model and AudioMAE from their files."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch

from espnet2.gen_audio.accel.prepare import prepare
from espnet2.gen_audio.audiomae.espnet_model import ESPnetAudioMAEModel
from espnet2.gen_audio.checkpoint.experiment import (
    load_experiment,
    read_config,
    weights_path,
)
from espnet2.gen_audio.diffusion.espnet_model import ESPnetLatentDiffusionModel
from espnet2.gen_audio.diffusion.student.espnet_model import ESPnetStudentModel
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.loa_lm.espnet_model import ESPnetLOALMModel
from espnet2.gen_audio.pipeline.captions import complete_nulls
from espnet2.gen_audio.pipeline.lazy import MemorySlot
from espnet2.gen_audio.pipeline.load.part_files import StoredPart, StoredSystem
from espnet2.gen_audio.pipeline.precision import in_precision, vae_type, vocoder_type
from espnet2.gen_audio.vae.abs_vae import AbsVAE
from espnet2.gen_audio.vocoder.abs_vocoder import AbsVocoder
from espnet2.gen_audio.vocoder.choices import untrained_vocoder


@dataclass(frozen=True)
class Placement:
    """Device, precision and time of loading.

    Attributes:
        device: Device of the networks.
        dtype: Precision of the networks, but for the AudioMAE.
        slot: Slot for lazy loading, one part at a time; if None, all are loaded now.
    """

    device: str = "cpu"
    dtype: torch.dtype = torch.float32
    slot: MemorySlot | None = None


@dataclass(frozen=True)
class PartLoader:
    """Loads the parts of a stored system, one per method.

    Attributes:
        stored: Files of the parts.
        geometry: Lengths of a clip, for a vocoder without weights.
        placement: Device and precision.
        empty: The encoded empty caption, which completes null conditions; None if the
            configs contain all null conditions.
        use_ema: Whether averaged weights replace raw weights.
    """

    stored: StoredSystem
    geometry: ClipGeometry
    placement: Placement = Placement()
    empty: Mapping[str, torch.Tensor] | None = None
    use_ema: bool = True

    def vocoder(self) -> AbsVocoder:
        """Load the vocoder, or make one that needs no training."""
        if isinstance(self.stored.vocoder, str):
            named = untrained_vocoder(self.stored.vocoder, self.geometry)
            return named.to(self.placement.device)
        own = vocoder_type(self.placement.dtype)
        return self._ready(self._load("vocoder", self.stored.vocoder, own).vocoder)

    def vae(self) -> AbsVAE:
        """Load the autoencoder."""
        own = vae_type(self.placement.dtype, self.placement.device)
        # only edits use the encoder, so its weights stay in the file until then
        unread = ("vae.net.encoder.",)
        return self._ready(self._load("vae", self.stored.vae, own, unread).vae)

    def loa_lm(self) -> ESPnetLOALMModel:
        """Load the language model."""
        if self.stored.loa_lm.joint:
            return self._ready(self._joint.loa_lm)
        dtype = self.placement.dtype
        return self._ready(self._load("loa_lm", self.stored.loa_lm, dtype))

    def ldm(self) -> ESPnetLatentDiffusionModel:
        """Load the diffusion model."""
        if self.stored.ldm.joint:
            ldm = self._joint.ldm
        else:
            # In the file's precision, its weights stay memory-mapped. Weights of other
            # parts are reordered by ``prepare``, so they would be in memory twice.
            own = self.placement.dtype
            own = None if own == torch.float32 else own
            ldm = self._load("ldm", self.stored.ldm, own)
        complete_nulls(ldm, lambda: self.empty)
        return self._ready(ldm)

    def student(self) -> ESPnetStudentModel:
        """Load the student of the diffusion model."""
        own = self.placement.dtype
        own = None if own == torch.float32 else own
        student = self._load("ldm_student", self.stored.student, own)
        complete_nulls(student, lambda: self.empty)
        return self._ready(student)

    def audiomae(self) -> ESPnetAudioMAEModel:
        """Load the AudioMAE, in float32."""
        audiomae = self._load("audiomae", self.stored.audiomae, None)
        return audiomae.to(self.placement.device)

    @cached_property
    def _joint(self) -> torch.nn.Module:
        """The model of a joint training, which contains two parts."""
        return self._load("joint", self.stored.ldm, None)

    def _ready(self, part: torch.nn.Module) -> torch.nn.Module:
        """Set precision and device of a part, and prepare it for inference."""
        part = in_precision(part, self.placement.dtype, self.placement.device)
        prepare(part)
        return part

    def _load(
        self,
        name: str,
        part: StoredPart,
        dtype: torch.dtype | None,
        unread: tuple[str, ...] = (),
    ) -> torch.nn.Module:
        """Load the model of a folder; weights of .pth files become float32."""
        path = weights_path(part.folder, read_config(part.folder), part.weights)
        if path.suffix != ".safetensors":
            dtype = None  # some buffers must keep their precision
        return load_experiment(
            part.folder, part.weights, self.use_ema, (name,), dtype, unread
        )
