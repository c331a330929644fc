"""The precision of the networks.

Half precision saves memory on every device, but saves time only on devices with
arithmetic in half precision. On a CPU without it, torch copies the input of a
convolution once per tap, which takes ten times as long.
"""

import logging
from typing import TypeVar

import torch

from espnet2.gen_audio.compat import has_fast_bfloat16
from espnet2.gen_audio.diffusion.espnet_model import ESPnetLatentDiffusionModel
from espnet2.gen_audio.vae.abs_vae import AbsVAE
from espnet2.gen_audio.vocoder.abs_vocoder import AbsVocoder

Part = TypeVar("Part", bound=torch.nn.Module)
DTYPES = ("float32", "bfloat16", "float16", "float64")
_HALF = (torch.bfloat16, torch.float16)


def dtype_of(name: str) -> torch.dtype:
    """Return the torch dtype with a name.

    Args:
        name: ``float32``, ``bfloat16``, ``float16`` or ``float64``.

    Returns:
        The dtype.

    Raises:
        ValueError: If the name is none of these.
    """
    if name not in DTYPES:
        raise ValueError(f"dtype {name!r} is unknown; use {', '.join(DTYPES)}")
    return getattr(torch, name)


def vocoder_type(dtype: torch.dtype) -> torch.dtype:
    """Return the precision of a vocoder, which is at least single.

    In half precision its waveform has a signal-to-noise ratio of only 24 dB.

    Args:
        dtype: The precision of the system.

    Returns:
        The precision of the system, but single instead of half.
    """
    return torch.promote_types(dtype, torch.float32)


def vae_type(dtype: torch.dtype, device: str) -> torch.dtype:
    """Return the precision of the VAE, whose activations are the largest of all.

    Args:
        dtype: The precision of the system.
        device: Device of the VAE.

    Returns:
        The precision of the system, but single instead of half on a device without
        arithmetic in half precision.
    """
    return torch.float32 if _is_emulated(dtype, device) else dtype


def warn_if_slower(dtype: torch.dtype, device: str) -> None:
    """Warn if half precision is slower than single.

    Args:
        dtype: The requested precision.
        device: Device of the networks.
    """
    if _is_emulated(dtype, device):
        name = str(dtype).removeprefix("torch.")
        logging.warning(
            "this CPU has no arithmetic in %s: it needs less memory than float32, "
            "but several times its time; the VAE runs in float32",
            name,
        )


def in_precision(part: Part, dtype: torch.dtype, device: str) -> Part:
    """Set the precision and the device of a part.

    Args:
        part: A module. In a diffusion model only the networks are cast; the noise
            schedule keeps its dtype.
        dtype: The precision of the system.
        device: The device.

    Returns:
        The part, changed in place.
    """
    if isinstance(part, AbsVocoder):
        if next(part.parameters(), None) is None:  # Griffin-Lim
            return part.to(device)
        dtype = vocoder_type(dtype)
    if isinstance(part, AbsVAE):
        dtype = vae_type(dtype, device)
    is_ldm = isinstance(part, ESPnetLatentDiffusionModel)
    for network in (part.unet, part.conditions) if is_ldm else (part,):
        network.to(dtype)
    if is_ldm and dtype in _HALF:
        # the memory format in which convolutions of half precision are fastest
        part.unet.to(memory_format=torch.channels_last)
    return part.to(device)


def _is_emulated(dtype: torch.dtype, device: str) -> bool:
    """Return whether the CPU emulates arithmetic in half precision."""
    if dtype not in _HALF or torch.device(device).type != "cpu":
        return False
    is_fast = dtype == torch.bfloat16 and has_fast_bfloat16()
    return not is_fast
