"""Load a system from trained experiments."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from espnet2.gen_audio.accel.prepare import prepare
from espnet2.gen_audio.checkpoint.experiment import load_experiment
from espnet2.gen_audio.condition.spec import widths_of
from espnet2.gen_audio.diffusion.published_conditions import specs_of
from espnet2.gen_audio.encoder.abs_text_encoder import TEXT_STATES
from espnet2.gen_audio.encoder.speech_config import phoneme_reader
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.old_names import with_new_names
from espnet2.gen_audio.pipeline.behaviour import Behaviour, behaviour_of
from espnet2.gen_audio.pipeline.captions import CaptionEncoder, complete_nulls
from espnet2.gen_audio.pipeline.load.assemble import assemble
from espnet2.gen_audio.pipeline.load.part_files import StoredPart, StoredSystem
from espnet2.gen_audio.pipeline.load.part_loader import Placement
from espnet2.gen_audio.pipeline.precision import in_precision
from espnet2.gen_audio.pipeline.system import System, padded_as
from espnet2.gen_audio.vocoder.abs_vocoder import AbsVocoder
from espnet2.gen_audio.vocoder.choices import untrained_vocoder


@dataclass(frozen=True)
class PartFolders:
    """The experiments of a system.

    Attributes:
        vae: Folder of the VAE.
        vocoder: Folder of the vocoder, or the name of one that needs no training.
        joint: Folder of the joint training; None if ``loa_lm`` or ``ldm`` is given.
        loa_lm: Folder of the language model; None for a model without LOA.
        ldm: Folder of the diffusion model.
        weights: File name of weights in the folder of the joint training, or in the
            folders of language model and diffusion model; the best epoch of validation
            if None.
        audiomae: Folder of the AudioMAE, for LOA of given sounds.
        student: Folder of a student of the diffusion model, for few passes.

    Raises:
        ValueError: If generators are missing, or given twice.
    """

    vae: Path
    vocoder: str
    joint: Path | None = None
    loa_lm: Path | None = None
    ldm: Path | None = None
    weights: str | None = None
    audiomae: Path | None = None
    student: Path | None = None

    def __post_init__(self) -> None:
        joined, alone = self.joint is not None, self.ldm is not None
        if joined == alone or (joined and self.loa_lm is not None):
            raise ValueError(
                f"joint {self.joint}, loa_lm {self.loa_lm} and ldm {self.ldm} were "
                "given; give either the folder of the joint training, or those of both "
                "the language model and the diffusion model (one without LOA stands "
                "alone)"
            )

    def stored(self) -> StoredSystem:
        """Return the files of the parts."""
        if self.joint is not None:
            loa_lm = ldm = StoredPart(self.joint, self.weights, joint=True)
        else:
            loa_lm, ldm = (
                None if folder is None else StoredPart(folder, self.weights)
                for folder in (self.loa_lm, self.ldm)
            )
        vocoder = self.vocoder
        if untrained_vocoder(vocoder, ClipGeometry()) is None:
            vocoder = StoredPart(Path(vocoder))
        audiomae, student = (
            None if folder is None else StoredPart(folder)
            for folder in (self.audiomae, self.student)
        )
        vae = StoredPart(self.vae)
        return StoredSystem(ldm, vae, vocoder, loa_lm, audiomae, student)


def load_experiments(
    folders: PartFolders,
    encoder: CaptionEncoder,
    device: str = "cpu",
    behaviour: str | Behaviour = "ours",
    dtype: torch.dtype = torch.float32,
) -> System:
    """Load a trained system.

    Args:
        folders: Its experiments.
        encoder: Encoder from captions to a batch of conditions.
        device: Device of the networks.
        behaviour: ``ours`` or ``official``, see ``pipeline.behaviour``.
        dtype: Precision of the networks, but for the AudioMAE.

    Returns:
        The system, ready to generate.
    """
    behaviour = behaviour_of(behaviour)
    return assemble(folders.stored(), encoder, behaviour, Placement(device, dtype))


def experiment_encoder(
    config: Mapping[str, Any],
    sentence: str | None,
    tokens: str | None,
    device: str,
    behaviour: str | Behaviour = "ours",
    ldm_config: Mapping[str, Any] | None = None,
) -> CaptionEncoder:
    """Load the caption encoder that a training needs.

    Args:
        config: Config of the joint training, of the language model, or of a diffusion
            model without LOA.
        sentence: Folder or name of the encoder of the stream ``sentence``.
        tokens: Folder or name of the encoder of the stream ``tokens``; a speech system
            has it if its diffusion model takes token states of captions.
        device: Device of the encoders.
        behaviour: ``ours`` or ``official``, which determines how phonemes are read.
        ldm_config: Config of the diffusion model, if ``config`` does not have it.

    Returns:
        The encoder.
    """
    reader = phoneme_reader(config, behaviour_of(behaviour).official_phonemes)
    if config.get("part") == "ldm":  # without LOA, only the LDM reads captions
        taken = widths_of(specs_of(with_new_names("ldm", config)))
        sentence = sentence if "sentence" in taken else None
        tokens = tokens if "tokens" in taken else None
    if reader is None:
        return CaptionEncoder.from_models(sentence, tokens, device)
    lm = (config.get("loa_lm_conf") or config)["lm_conf"]
    ldm = ldm_config or config.get("ldm_conf")
    taken = set(widths_of(specs_of(with_new_names("ldm", ldm)))) if ldm else set()
    return CaptionEncoder.for_speech(
        sentence if "sentence" in taken | set(lm["condition_dims"]) else None,
        device,
        reader=reader,
        tokens=tokens if TEXT_STATES in taken else None,
    )


def load_vocoder(vocoder: str, geometry_owner: torch.nn.Module) -> AbsVocoder:
    """Load a vocoder without a system, or make one that needs no training.

    Args:
        vocoder: Folder of an experiment, or the name of one that needs no training.
        geometry_owner: Any model with the clip's ``geometry``, for a vocoder without
            training.

    Returns:
        The vocoder.
    """
    named = untrained_vocoder(vocoder, geometry_owner.geometry)
    if named is not None:
        return named
    return load_experiment(Path(vocoder), parts=("vocoder",)).vocoder


def untrained_like(system: System, folders: PartFolders, seed: int) -> System:
    """Return a system whose language and diffusion models were never trained.

    Args:
        system: A loaded system, whose other parts are kept.
        folders: The experiments with the configs of both models.
        seed: Seed of the initial weights.

    Returns:
        The system with newly initialised models.
    """
    stored, state = folders.stored(), torch.get_rng_state()
    torch.manual_seed(seed)
    loa_lm, ldm = _fresh_generators(stored)
    torch.set_rng_state(state)
    complete_nulls(ldm, lambda: system.encoder([""]))
    for model in (loa_lm, ldm):
        if model is not None:
            in_precision(model.eval(), system.dtype, system.device)
            prepare(model)
    padded_as(loa_lm, system.behaviour)
    return replace(system, parts=replace(system.parts, loa_lm=loa_lm, ldm=ldm))


def _fresh_generators(
    stored: StoredSystem,
) -> tuple[torch.nn.Module | None, torch.nn.Module]:
    """Build and initialise the diffusion model and, if there is one, language model."""
    if stored.ldm.joint:
        joint = stored.ldm.build()
        return joint.loa_lm, joint.ldm
    loa_lm = None if stored.loa_lm is None else stored.loa_lm.build()
    return loa_lm, stored.ldm.build()
