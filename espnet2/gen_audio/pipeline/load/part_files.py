"""The files of the parts of a system, and their models without weights."""

from dataclasses import dataclass
from pathlib import Path

import torch

from espnet2.gen_audio.checkpoint.experiment import read_config
from espnet2.gen_audio.checkpoint.strict_fit import without_memory
from espnet2.gen_audio.diffusion.espnet_model import ESPnetLatentDiffusionModel
from espnet2.gen_audio.loa_lm.espnet_model import ESPnetLOALMModel
from espnet2.gen_audio.parts import PARTS

GRIFFIN_LIM = "griffin_lim"


@dataclass(frozen=True)
class StoredPart:
    """A part on disk.

    Attributes:
        folder: Folder with its config.yaml and weights.
        weights: File of weights; see ``checkpoint.experiment.weights_path`` if None.
        joint: Whether the folder is that of a joint training, with two parts.
    """

    folder: Path
    weights: str | None = None
    joint: bool = False

    def build(self) -> torch.nn.Module:
        """Build the model of the folder's config, newly initialised."""
        config = read_config(self.folder)
        return PARTS[config["part"]].build(config)

    def shape(self) -> torch.nn.Module:
        """Build the model of the folder on the meta device, to read its sizes."""
        return without_memory(self.build)


@dataclass(frozen=True)
class StoredSystem:
    """The parts of a system on disk.

    Attributes:
        ldm: Diffusion model.
        vae: Autoencoder.
        vocoder: Vocoder, or the name of one that needs no training.
        loa_lm: Language model; None for a system without LOA.
        audiomae: AudioMAE, for LOA of given sounds.
        student: Student of the diffusion model, for few passes.
    """

    ldm: StoredPart
    vae: StoredPart
    vocoder: StoredPart | str = GRIFFIN_LIM
    loa_lm: StoredPart | None = None
    audiomae: StoredPart | None = None
    student: StoredPart | None = None

    def shapes(self) -> "Shapes":
        """Return the generators without weights."""
        if self.ldm.joint:
            joint = self.ldm.shape()
            return Shapes(joint.ldm, joint.loa_lm)
        loa_lm = None if self.loa_lm is None else self.loa_lm.shape()
        return Shapes(self.ldm.shape(), loa_lm)


@dataclass(frozen=True)
class Shapes:
    """Diffusion and language model without weights, to read their sizes.

    Attributes:
        ldm: Diffusion model.
        loa_lm: Language model, if there is one.
    """

    ldm: ESPnetLatentDiffusionModel
    loa_lm: ESPnetLOALMModel | None
