"""Sort the tensors of an official AudioLDM 2 checkpoint by network, by name prefixes.

Conditioners are recognised by their tensors and not by their numbers, which depend on
the order in the authors' config.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

from espnet2.gen_audio.checkpoint.official.schedule import schedule_buffers
from espnet2.gen_audio.checkpoint.tables.renaming import Rule, leave_out, rename
from espnet2.gen_audio.diffusion.process.schedule import NoiseSchedule

State = dict[str, torch.Tensor]

PREFIXES = {
    "unet": "model.diffusion_model.",
    "average": "model_ema.",
    "vocoder": "first_stage_model.vocoder.",
    "vae": "first_stage_model.",
    "scale": "scale_factor",
}
# Target of each tensor: <group>|<name in the group>; a conditioner's group is its
# prefix.
_TOP = [
    Rule(r"model\.diffusion_model\.(.+)", r"unet|\1"),
    Rule(r"model_ema\.(.+)", r"average|\1"),
    Rule(r"first_stage_model\.vocoder\.(.+)", r"vocoder|\1"),
    Rule(r"first_stage_model\.(?!vocoder\.)(.+)", r"vae|\1"),
    Rule(r"(scale_factor)", r"scale|\1"),
    Rule(r"(clap\.)(.+)", r"\1|\2"),
    Rule(r"((?:cond_stage_models\.\d+\.){1,2})(?!cond_stage_models\.)(.+)", r"\1|\2"),
    leave_out(
        "|".join(schedule_buffers(NoiseSchedule())),
        "noise schedule, equal to ours and computed again",
    ),
    leave_out("logvar", "log-variance of the loss, never trained"),
]

# Conditioners: the beginning of a name that only this network has, and its rules.
_CONDITIONERS = {
    "generator": ("input_sequence_embed_linear.", [Rule("(.+)", r"\1")]),
    "clap": (
        "model.text_branch.",
        [
            Rule(r"model\.(.+)", r"\1"),
            leave_out(r"mel_transform\..+", "mel spectrogram that is never used"),
        ],
    ),
    "t5": ("model.encoder.block.", [Rule(r"model\.(.+)", r"\1")]),
    "phonemes": ("text_encoder.", [Rule("(.+)", r"\1")]),
    "audiomae": ("audiomae.model.", [Rule(r"audiomae\.model\.(.+)", r"\1")]),
}
_STATED_TWICE = ("clap", "t5")


@dataclass
class Layout:
    """The networks of an official checkpoint, each under its own official names.

    Attributes:
        unet: Raw U-Net, not averaged.
        average: Its moving average and counters, in names without dots; empty if the
            file has none.
        vae: Autoencoder.
        vocoder: Generator of HiFi-GAN.
        latent_scale: Factor by which latents are multiplied, one number.
        conditioners: For each network (``generator``, ``clap``, ``t5``, ``phonemes``,
            ``audiomae``) its copies, as pairs of a prefix in the file and the state
            below it; copies that condition GPT-2 come first.
        notes: What was left out.
    """

    unet: State
    average: State
    vae: State
    vocoder: State
    latent_scale: float
    conditioners: dict[str, list[tuple[str, State]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def take_apart(state: Mapping[str, torch.Tensor], source: str) -> Layout:
    """Sort the tensors of a checkpoint by network.

    Args:
        state: Whole official state.
        source: Name of the file, for messages.

    Returns:
        The networks.

    Raises:
        ValueError: If a tensor belongs to none, or a network is missing that every
            published checkpoint has.
    """
    sorted_out = rename(state, _TOP, source)
    groups: dict[str, State] = {}
    for name, tensor in sorted_out.state.items():
        group, _, rest = name.partition("|")
        groups.setdefault(group, {})[rest] = tensor
    for group in ("unet", "vae", "vocoder", "scale"):
        if group not in groups:
            raise ValueError(
                f"{source} has no tensor {PREFIXES[group]}*; give a whole checkpoint "
                "of AudioLDM 2"
            )
    scale = groups.pop("scale")["scale_factor"]
    if scale.numel() != 1 or not 0 < scale.item() < float("inf"):
        raise ValueError(
            f"{source}: tensor scale_factor {tuple(scale.shape)} holds "
            f"{scale.flatten().tolist()[:3]}, but should be one number above 0; give "
            "an unchanged checkpoint"
        )
    layout = Layout(
        unet=groups.pop("unet"),
        average=groups.pop("average", {}),
        vae=groups.pop("vae"),
        vocoder=groups.pop("vocoder"),
        latent_scale=scale.item(),
        notes=sorted_out.notes,
    )
    # prefixes with most dots first: these conditioners belong to GPT-2
    for prefix in sorted(groups, key=lambda place: (-place.count("."), place)):
        _add_conditioner(layout, prefix, groups[prefix], source)
    _refuse_half(layout, source)
    return layout


def _add_conditioner(layout: Layout, prefix: str, state: State, source: str) -> None:
    """Add the tensors below a prefix to the network that their names identify."""
    found = [
        network
        for network, (beginning, _) in _CONDITIONERS.items()
        if any(name.startswith(beginning) for name in state)
    ]
    if len(found) != 1:
        name, tensor = next(iter(state.items()))
        raise ValueError(
            f"{source}: tensor {prefix}{name} {tuple(tensor.shape)} belongs to "
            f"{'no known conditioner' if not found else ' and '.join(found)}; known "
            "are GPT-2, CLAP, FLAN-T5, the phoneme encoder and AudioMAE"
        )
    network = found[0]
    inner = rename(state, _CONDITIONERS[network][1], f"{source}, {prefix}*")
    layout.notes += [prefix + note for note in inner.notes]
    own = layout.conditioners.setdefault(network, [])
    if own and network not in _STATED_TWICE:
        raise ValueError(
            f"{source} has {network} twice, {own[0][0]}* and {prefix}*; published "
            "checkpoints have it once"
        )
    own.append((prefix, inner.state))


def _refuse_half(layout: Layout, source: str) -> None:
    """Refuse GPT-2 without FLAN-T5 or phoneme encoder: its model is not known then."""
    texts = {"t5", "phonemes"} & layout.conditioners.keys()
    if "generator" in layout.conditioners and not texts:
        raise ValueError(
            f"{source} has GPT-2, but neither FLAN-T5 nor the phoneme encoder that it "
            "is conditioned on; give a whole checkpoint"
        )
