"""The geometry of a clip, read from the config files and tensors of a folder."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import torch

from espnet2.gen_audio.checkpoint.assembly.sizes import geometry_for
from espnet2.gen_audio.checkpoint.diffusers.config_file import (
    LARGEST,
    ConfigFile,
    whole,
)
from espnet2.gen_audio.checkpoint.diffusers.read_net_configs import upsample_rates
from espnet2.gen_audio.feats.clip import ClipGeometry

States = Mapping[str, Mapping[str, torch.Tensor]]
_HIGHEST_RATE = 768000  # hertz


def geometry_of(
    states: States, unet: ConfigFile, vocoder: ConfigFile
) -> tuple[ClipGeometry, list[str]]:
    """Return the published geometry that fits, with the values that a folder states.

    Args:
        states: Tensors of ``unet``, ``vae`` and ``vocoder``, of those that the folder
            has.
        unet: unet/config.json, which states the frames of a clip.
        vocoder: vocoder/config.json, which states sampling rate and hop.

    Returns:
        The geometry, and a note if it is none of the published ones.

    Raises:
        ValueError: If nothing published fits and the folder does not state enough, or
            the values that it states are not a valid geometry.
    """
    told = _told(states, vocoder)
    channels, bands = told.get("latent_channels"), told.get("n_mels")
    try:
        usual = geometry_for(channels, bands)
    except ValueError:
        if None in (channels, bands) or not {"hop", "downsample"} <= told.keys():
            raise
        usual = ClipGeometry()
    values = usual.to_dict()
    if any(values[key] != value for key, value in told.items()):
        values |= told | _analysis(usual, told)
    frames = unet.value("sample_size", whole(1, LARGEST), None)
    if frames is None:
        return _checked(values, unet, vocoder)
    longer = values["hop"] * values["downsample"] * frames / values["sample_rate"]
    try:
        return _checked(values | {"seconds": longer}, unet, vocoder)
    except ValueError:
        geometry, notes = _checked(values, unet, vocoder)
    note = (
        f"sample_size {frames} of {unet.path.name} would be {longer:g} s, which "
        f"AudioMAE's patches do not divide; clips of {geometry.seconds:g} s are made"
    )
    return geometry, [*notes, note]


def _told(states: States, vocoder: ConfigFile) -> dict[str, Any]:
    """Return rate, hop and downsampling, where configs and tensors state them."""
    told: dict[str, Any] = {}
    kernels = kernel_sizes(states.get("vocoder", {}))
    if vocoder.is_there and kernels:
        rate = vocoder.value("sampling_rate", whole(1, _HIGHEST_RATE), 16000)
        told["sample_rate"] = rate
        told["hop"] = math.prod(upsample_rates(vocoder, kernels))
    levels = {
        name.split(".")[2]
        for name in states.get("vae", {})
        if name.startswith("encoder.down_blocks.")
    }
    if levels:
        told["downsample"] = 2 ** (len(levels) - 1)
    channels = _size(states, "unet", "conv_in.weight", 1)
    if channels is None:
        channels = _size(states, "vae", "post_quant_conv.weight", 1)
    sizes = {
        "latent_channels": channels,
        "n_mels": _size(states, "vocoder", "conv_pre.weight", 1),
    }
    return told | {key: size for key, size in sizes.items() if size is not None}


def kernel_sizes(state: Mapping[str, torch.Tensor]) -> list[int]:
    """Return the kernel size of each stage of a vocoder.

    Args:
        state: Its tensors, under transformers' names.

    Returns:
        The kernel sizes; an empty list if there are no such tensors.
    """
    kernels = []
    while (name := f"upsampler.{len(kernels)}.weight") in state:
        if state[name].dim() != 3:
            return []
        kernels.append(state[name].shape[2])
    return kernels


def _size(states: States, name: str, tensor: str, axis: int) -> int | None:
    found = states.get(name, {}).get(tensor)
    return None if found is None or found.dim() < 2 else found.shape[axis]


def _analysis(usual: ClipGeometry, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return n_fft and the range of the mel bands that fit a rate and a hop."""
    hop = told.get("hop", usual.hop)
    rate = told.get("sample_rate", usual.sample_rate)
    window = usual.n_fft
    if window < hop or (window - hop) % 2:
        window = hop * (4 if hop % 2 == 0 else 5)
    high = usual.mel_high if rate == usual.sample_rate else rate / 2
    return {"n_fft": window, "mel_high": high}


def _checked(
    values: Mapping[str, Any], unet: ConfigFile, vocoder: ConfigFile
) -> tuple[ClipGeometry, list[str]]:
    try:
        geometry = ClipGeometry.from_dict(values)
    except ValueError as error:
        raise ValueError(
            f"{unet.path} and {vocoder.path} state no valid geometry ({error}); give "
            "--geometry FILE, a YAML like conf/geometry.yaml"
        ) from error
    published = {
        dataclasses.replace(each, seconds=geometry.seconds)
        for each in (geometry_for(8, 64), geometry_for(16, 256))
    }
    if geometry in published:
        return geometry, []
    return geometry, [
        f"clip of {geometry.seconds:g} s at {geometry.sample_rate} Hz with hop "
        f"{geometry.hop}; no config states how its mel spectrogram is computed: taken "
        f"as n_fft {geometry.n_fft}, {geometry.mel_low:g} to {geometry.mel_high:g} Hz"
    ]
