"""How near the U-Net stands to what the machine can multiply.

Source of the count: torch's ``FlopCounterMode``, two operations a multiplication.
"""

import time
from collections.abc import Callable

import torch
from torch.utils.flop_counter import FlopCounterMode


def operations(work: Callable[[], object]) -> int:
    """Return the floating-point operations of a piece of work.

    Args:
        work: Is done once.

    Returns:
        Operations.
    """
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()


def achieved(work: Callable[[], object], rounds: int = 5) -> float:
    """Return the speed of a piece of work, in 10^9 operations a second.

    Args:
        work: Is done once to count, then ``rounds`` times.
        rounds: How often it is timed; the fastest counts.

    Returns:
        GFLOP/s.
    """
    count, times = operations(work), []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return count / min(times) / 1e9


def ceilings(dtype: torch.dtype, device: str) -> dict[str, float]:
    """Return the speed of one matrix product and one convolution of the U-Net's sizes.

    Args:
        dtype: Precision.
        device: Where they run.

    Returns:
        GFLOP/s by name.
    """
    options = {"dtype": dtype, "device": device}
    left, right = torch.randn(2048, 1024, **options), torch.randn(1024, 1024, **options)
    image = torch.randn(2, 256, 128, 8, **options)
    kernel = torch.randn(256, 256, 3, 3, **options)
    return {
        "matrix product 2048 x 1024 x 1024": achieved(lambda: left @ right),
        "convolution 3 x 3, 256 channels, 2 x 128 x 8": achieved(
            lambda: torch.nn.functional.conv2d(image, kernel, padding=1)
        ),
    }
