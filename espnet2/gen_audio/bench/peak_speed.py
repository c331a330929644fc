"""Speed of the U-Net relative to the peak speed of the machine.

Shapes: R rows, C channels of a level, T frames, F bins.
Source of the count: torch's ``FlopCounterMode``, two operations a multiplication.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn.functional import conv2d
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count

from espnet2.gen_audio.accel import onednn
from espnet2.gen_audio.accel.library_internals import attention_operator, cpu_attention
from espnet2.gen_audio.bench.timing import Compared, seconds_of

ROUNDS = 9  # the fastest round is used


def _of_attention(query: Any, key: Any, value: Any, *_: Any, **__: Any) -> int:
    return sdpa_flop_count(query, key, value)


def _of_joined_attention(query: Any, key: Any, *_: Any, **__: Any) -> int:
    return 4 * math.prod(query) * key[1]


def _of_linear(states: Any, *_: Any, out_shape: Any, **__: Any) -> int:
    return 2 * math.prod(states) * out_shape[-1]


# torch does not count attention on CPUs, nor linear layers of oneDNN
_UNCOUNTED = {
    cpu_attention(): _of_attention,
    attention_operator(): _of_joined_attention,
    **({onednn.LINEAR: _of_linear} if onednn.LINEAR else {}),
}


def operations(work: Callable[[], object]) -> int:
    """Return the floating-point operations of a piece of work.

    Args:
        work: Function that does the work; called once.

    Returns:
        Number of operations of matrix products, convolutions and attention.
    """
    with FlopCounterMode(display=False, custom_mapping=_UNCOUNTED) as counter:
        work()
    return counter.get_total_flops()


def speed_of(work: Callable[[], object]) -> float:
    """Return the speed of a piece of work, in 10^9 operations per second.

    Args:
        work: Function that does the work; called once to count operations, then several
            times to measure the fastest call.

    Returns:
        GFLOP/s.
    """
    return operations(work) / min(seconds_of(work) for _ in range(ROUNDS)) / 1e9


def ceilings(
    widths: Sequence[int],
    shape: tuple[int, int, int],
    dtype: torch.dtype,
    device: str = "cpu",
) -> dict[str, float]:
    """Return the speed of a convolution and a matrix product at each level of a U-Net.

    Matrix products are measured with torch and, if the U-Net uses oneDNN, with oneDNN.

    Args:
        widths: Channels of each level.
        shape: Rows, frames and bins of the first level; each level halves frames and
            bins.
        dtype: Precision.
        device: Device.

    Returns:
        GFLOP/s by name.
    """
    rows, frames, bins = shape
    made, options = {}, {"dtype": dtype, "device": device}
    name = str(dtype).removeprefix("torch.")
    for width in widths:
        image = torch.randn(rows, width, frames, bins, **options)
        kernel = torch.randn(width, width, 3, 3, **options)
        left = torch.randn(rows * frames * bins, width, **options)
        right = torch.randn(width, 8 * width, **options)  # GEGLU's first layer
        size = f"{width} channels, {rows} x {frames} x {bins}, {name}"
        made[f"convolution 3 x 3, {size}"] = speed_of(
            lambda: conv2d(image, kernel, padding=1)
        )
        made[f"matrix product, {size}"] = speed_of(lambda: left @ right)
        if onednn.mkl_is_slow():
            weight = right.t().contiguous()
            made[f"matrix product by oneDNN, {size}"] = speed_of(
                lambda: onednn.linear(left, weight)
            )
        frames, bins = max(frames // 2, 1), max(bins // 2, 1)
    return made


def achieved(
    row: Compared, ours: Callable[[], object], baseline: Callable[[], object]
) -> dict[str, float]:
    """Return the operations and the speed of both systems.

    Args:
        row: Times of both systems.
        ours: The timed work of our system.
        baseline: The timed work of the baseline.

    Returns:
        Operations of one unit in 10^9, and GFLOP/s of each system.
    """
    counts = [operations(work) / row.units / 1e9 for work in (ours, baseline)]
    return {
        "ours_gflop": counts[0],
        "baseline_gflop": counts[1],
        "ours_gflops": counts[0] / row.ours_s,
        "baseline_gflops": counts[1] / row.baseline_s,
    }
