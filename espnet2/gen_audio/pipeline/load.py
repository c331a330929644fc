"""Put trained experiments together to a Text2Audio."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from espnet2.gen_audio.accel.prepare import prepare
from espnet2.gen_audio.checkpoint.experiment import load_experiment, read_config
from espnet2.gen_audio.parts import PARTS
from espnet2.gen_audio.pipeline.captions import complete_nulls
from espnet2.gen_audio.pipeline.precision import in_precision, warn_if_slower
from espnet2.gen_audio.pipeline.preset import Behaviour, behaviour_of
from espnet2.gen_audio.pipeline.text2audio import Text2Audio
from espnet2.gen_audio.vocoder.griffin_lim import GriffinLim

GRIFFIN_LIM = "griffin_lim"


@dataclass(frozen=True)
class PartFolders:
    """Experiments that make up a system.

    Attributes:
        vae: Folder of the VAE.
        vocoder: Folder of the vocoder, or ``griffin_lim``.
        joint: Folder of the joint training, or None where the next two are given.
        loa_lm: Folder of the language model; None for a model without LOA.
        ldm: Folder of the diffusion model.
        weights: File name of weights in the joint, or language model's and diffusion
            model's, folders; None for the best of validation.
        audiomae: Folder of the AudioMAE, for LOA of given sounds.
    """

    vae: Path
    vocoder: str
    joint: Path | None = None
    loa_lm: Path | None = None
    ldm: Path | None = None
    weights: str | None = None
    audiomae: Path | None = None

    def __post_init__(self) -> None:
        joined, alone = self.joint is not None, self.ldm is not None
        if joined == alone or (joined and self.loa_lm is not None):
            raise ValueError(
                "give either the folder of the joint training, or those of both the "
                "language model and the diffusion model (one without LOA stands alone)"
            )


def load_text2audio(
    folders: PartFolders,
    encode: Callable[[Sequence[str]], dict[str, torch.Tensor]],
    device: str = "cpu",
    preset: str | Behaviour = "ours",
    dtype: torch.dtype = torch.float32,
) -> Text2Audio:
    """Load a trained system.

    Args:
        folders: Its experiments.
        encode: Encoder of captions.
        device: Where the networks run.
        preset: ``ours`` or ``official``, see ``pipeline.preset``.
        dtype: Precision of the networks, but for the AudioMAE.

    Returns:
        The system, ready to generate.
    """
    warn_if_slower(dtype, device)
    ema = behaviour_of(preset).weights == "ema"
    if folders.joint is not None:
        joint = load_experiment(folders.joint, folders.weights, ema, ("joint",))
        loa_lm, ldm = joint.loa_lm, joint.ldm
    else:
        loa_lm = None
        if folders.loa_lm is not None:
            loa_lm = load_experiment(folders.loa_lm, folders.weights, parts=("loa_lm",))
        ldm = load_experiment(folders.ldm, folders.weights, ema, ("ldm",))
    complete_nulls(ldm, lambda: encode([""]))
    vae = load_experiment(folders.vae, parts=("vae",)).vae
    vocoder = load_vocoder(folders.vocoder, ldm)
    parts = [in_precision(part, dtype, device) for part in (loa_lm, ldm, vae, vocoder)]
    prepare(*parts)
    audiomae = None
    if folders.audiomae is not None:
        audiomae = load_experiment(folders.audiomae, parts=("audiomae",)).to(device)
    return Text2Audio(*parts, encode, preset, audiomae=audiomae)


def load_vocoder(vocoder: str, geometry_owner: torch.nn.Module) -> torch.nn.Module:
    """Load the vocoder, or make one that needs no training.

    Args:
        vocoder: Folder of an experiment, or ``griffin_lim``.
        geometry_owner: Any model with the clip's ``geometry``, for Griffin-Lim.

    Returns:
        A module from log-mels (B, frames, n_mels) to waveforms (B, T).
    """
    if vocoder == GRIFFIN_LIM:
        return GriffinLim(geometry_owner.geometry)
    return load_experiment(Path(vocoder), parts=("vocoder",)).vocoder


def untrained_like(system: Text2Audio, folders: PartFolders, seed: int) -> Text2Audio:
    """Return a system whose language and diffusion models were never trained.

    Args:
        system: A loaded system; its VAE, vocoder and encoder are kept.
        folders: Where its configs stand.
        seed: Of the initial weights.

    Returns:
        The system with fresh networks.
    """
    state = torch.get_rng_state()
    torch.manual_seed(seed)
    if folders.joint is not None:
        joint = _build(folders.joint)
        loa_lm, ldm = joint.loa_lm, joint.ldm
    else:
        loa_lm = None if folders.loa_lm is None else _build(folders.loa_lm)
        ldm = _build(folders.ldm)
    torch.set_rng_state(state)
    complete_nulls(ldm, lambda: system.encode([""]))
    loa_lm, ldm = (
        in_precision(model and model.eval(), system.dtype, system.device)
        for model in (loa_lm, ldm)
    )
    prepare(loa_lm, ldm)
    return Text2Audio(
        loa_lm, ldm, system.vae, system.vocoder, system.encode, system.behaviour
    )


def _build(folder: Path) -> torch.nn.Module:
    config = read_config(folder)
    return PARTS[config["part"]].build(config)
