"""A system: its networks (loaded or lazily loaded), caption encoder and settings."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch

from espnet2.gen_audio.audiomae.espnet_model import ESPnetAudioMAEModel
from espnet2.gen_audio.diffusion.espnet_model import ESPnetLatentDiffusionModel
from espnet2.gen_audio.diffusion.student.espnet_model import ESPnetStudentModel
from espnet2.gen_audio.loa_lm.espnet_model import ESPnetLOALMModel
from espnet2.gen_audio.pipeline.behaviour import Behaviour
from espnet2.gen_audio.pipeline.captions import CaptionEncoder
from espnet2.gen_audio.pipeline.lazy import Lazy, Part
from espnet2.gen_audio.pipeline.options import QUICK, SamplingOptions
from espnet2.gen_audio.pipeline.ranking import Ranking
from espnet2.gen_audio.pipeline.specification import SystemSpecification
from espnet2.gen_audio.text.phoneme_reader import PhonemeReader
from espnet2.gen_audio.vae.abs_vae import AbsVAE
from espnet2.gen_audio.vocoder.abs_vocoder import AbsVocoder


@dataclass(frozen=True)
class Parts:
    """The networks of a system; each may be lazily loaded.

    Attributes:
        ldm: LOA and text to latent.
        vae: Latent to log-mel, and back.
        vocoder: Log-mel to waveform.
        loa_lm: Text to LOA; None for a diffusion model without LOA.
        audiomae: Sounds to LOA; if None, LOA can only be predicted from text.
        student: Samples as ``ldm`` does, in few passes; None without the presets
            ``instant`` and ``fast2``.
    """

    ldm: ESPnetLatentDiffusionModel | Lazy[ESPnetLatentDiffusionModel]
    vae: AbsVAE | Lazy[AbsVAE]
    vocoder: AbsVocoder | Lazy[AbsVocoder]
    loa_lm: ESPnetLOALMModel | Lazy[ESPnetLOALMModel] | None = None
    audiomae: ESPnetAudioMAEModel | Lazy[ESPnetAudioMAEModel] | None = None
    student: ESPnetStudentModel | Lazy[ESPnetStudentModel] | None = None


@dataclass(frozen=True)
class System:
    """The models and settings that generate sounds from requests.

    Attributes:
        parts: The networks.
        encoder: Encoder from captions to a batch of conditions.
        specification: Sizes of the system.
        behaviour: Behaviour: ours, or that of the authors' program, see ``behaviour``.
        ranking: Function that scores the candidates of a caption; needed for several
            candidates.
    """

    parts: Parts
    encoder: CaptionEncoder
    specification: SystemSpecification
    behaviour: Behaviour = Behaviour()
    ranking: Ranking | None = None

    @classmethod
    def of(
        cls,
        parts: Parts,
        encoder: CaptionEncoder,
        behaviour: Behaviour = Behaviour(),
        ranking: Ranking | None = None,
    ) -> "System":
        """Build a system and read its specification from its networks.

        Args:
            parts: The networks.
            encoder: Encoder from captions to a batch of conditions.
            behaviour: Whose behaviour.
            ranking: Scores of the candidates of a caption.

        Returns:
            The system.
        """
        loa_lm = padded_as(_loaded(parts.loa_lm), behaviour)
        specification = SystemSpecification.of(loa_lm, _loaded(parts.ldm))
        return cls(parts, encoder, specification, behaviour, ranking)

    @property
    def ldm(self) -> ESPnetLatentDiffusionModel:
        """The diffusion model."""
        return _loaded(self.parts.ldm)

    @property
    def vae(self) -> AbsVAE:
        """The autoencoder of log-mels."""
        return _loaded(self.parts.vae)

    @property
    def vocoder(self) -> AbsVocoder:
        """The vocoder."""
        return _loaded(self.parts.vocoder)

    @property
    def loa_lm(self) -> ESPnetLOALMModel | None:
        """The language model."""
        return _loaded(self.parts.loa_lm)

    @property
    def audiomae(self) -> ESPnetAudioMAEModel | None:
        """The encoder of given sounds."""
        return _loaded(self.parts.audiomae)

    def sampled_by(self, options: SamplingOptions) -> "System":
        """Return the system with the model that samples with given options.

        Args:
            options: Sampling options.

        Returns:
            The system itself; for options of a student, with the student as its
            diffusion model.

        Raises:
            ValueError: If there is no student, or it does not know the guidance scale.
        """
        if not options.by_student:
            return self
        if self.parts.student is None:
            raise ValueError(
                f"the presets {' and '.join(QUICK)} need a student of the diffusion "
                "model, but this system has none; use the preset fast, or train a "
                "student (--distil true of the recipe) and give --student_dir"
            )
        system = replace(self, parts=replace(self.parts, ldm=self.parts.student))
        system.ldm.refuse_scale(options.guidance_scale)
        return system

    @property
    def reads_sounds(self) -> bool:
        """Whether LOA of a given sound can be computed and used."""
        return (
            self.parts.audiomae is not None
            and self.specification.loa_factor is not None
        )

    @property
    def is_lazy(self) -> bool:
        """Whether parts are loaded lazily, one at a time."""
        return any(isinstance(part, Lazy) for part in vars(self.parts).values())

    @property
    def sample_rate(self) -> int:
        """Rate of the sound, in Hz."""
        return self.specification.geometry.sample_rate

    @property
    def device(self) -> torch.device:
        """Device of the diffusion model."""
        return next(self.ldm.parameters()).device

    @property
    def dtype(self) -> torch.dtype:
        """Precision of the diffusion model."""
        return next(self.ldm.unet.parameters()).dtype

    def phoneme_reader(self, given: str) -> PhonemeReader:
        """Return the reader that converts transcripts to phonemes.

        Args:
            given: The transcript, for the message.

        Returns:
            The reader.

        Raises:
            ValueError: If the system is no speech model.
        """
        reader = self.encoder.reader
        if reader is None or not self.specification.reads_phonemes:
            raise ValueError(
                f"{given} was given, but this is no speech model; use one, or "
                "describe the sound in the caption"
            )
        return reader


def padded_as(
    loa_lm: ESPnetLOALMModel | None, behaviour: Behaviour
) -> ESPnetLOALMModel | None:
    """Give a language model the padding of a behaviour, once, when it is loaded.

    Args:
        loa_lm: The model, changed in place; None in a system without LOA.
        behaviour: Whose behaviour.

    Returns:
        The model.
    """
    if loa_lm is not None:
        loa_lm.lm.sequence.padding = behaviour.padding
    return loa_lm


def _loaded(part: Part | Lazy[Part]) -> Part:
    """Return a part; if it is lazy, load it first."""
    return part.get() if isinstance(part, Lazy) else part


def to_model(values: torch.Tensor, model: torch.nn.Module) -> torch.Tensor:
    """Move a tensor to the device and precision of a model.

    Args:
        values: Any tensor; integers keep their type.
        model: A model with weights.

    Returns:
        The converted tensor.
    """
    *_, weight = model.parameters()  # the last, since the first may be an unused table
    dtype = weight.dtype if values.is_floating_point() else values.dtype
    return values.to(weight.device, dtype)


def batch_to_model(
    batch: Mapping[str, torch.Tensor], model: torch.nn.Module
) -> dict[str, torch.Tensor]:
    """Move a batch to the device and precision of a model.

    Args:
        batch: Tensors by name.
        model: A model with weights.

    Returns:
        The converted tensors.
    """
    return {name: to_model(value, model) for name, value in batch.items()}
