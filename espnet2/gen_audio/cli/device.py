"""The option ``--device`` of the commands, checked against the GPUs of the machine."""

import argparse


def usable_device(name: str) -> str:
    """Check a device, as the ``type`` of an option of argparse.

    Args:
        name: ``cpu``, ``cuda``, ``cuda:1`` or another of torch's.

    Returns:
        The name.

    Raises:
        ArgumentTypeError: If the device is unknown, or torch finds no such GPU.
    """
    if name == "cpu":
        return name
    import torch

    try:
        device = torch.device(name)
    except RuntimeError:
        raise argparse.ArgumentTypeError(
            f"{name!r} is no device; use cpu, cuda or cuda:<number>"
        ) from None
    if device.type != "cuda":
        return name
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if (device.index or 0) >= count:
        raise argparse.ArgumentTypeError(
            f"{name} was given, but torch finds {count or 'no'} GPU"
            f"{'s' if count > 1 else ''}; use cpu, or run python -m "
            "espnet2.gen_audio.bin.doctor, which reports how to repair it"
        )
    return name
