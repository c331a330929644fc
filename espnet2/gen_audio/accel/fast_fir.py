"""Fast FIR: a convolution computed as three of half its length.

Shapes: B clips, C channels, S samples, k taps of dilation d, c = (k - 1) / 2. With x0,
x1 the even and the odd samples (polyphase components), E the taps at even distances
from the centre and O those at odd ones, even samples of the output are E x0 + O x1, odd
ones E x1 + O x0. The odd samples are computed as (E + O)(x0 + x1) - E x0 - O x1, with
products that the even samples need too. So three convolutions at half the rate are
needed instead of four: 3 c + 2 products for two samples instead of 4 c + 2. Samples are
shifted so that all taps have distance d. Results equal those of the layer except for
rounding.
Source: fast FIR algorithm, Mou and Duhamel, IEEE Trans. Signal Processing 39 (1991).
"""

import torch
from torch.nn.functional import conv2d, pad

from espnet2.gen_audio.accel.library_internals import leaky_relu_into

# (fewest taps, fewest channels); with fewer, the additions cost more than they save
FASTER_FROM = ((11, 64), (7, 256))


def is_faster(layer: torch.nn.Conv1d) -> bool:
    """Return whether the algorithm can compute a layer, and is faster.

    Args:
        layer: A convolution of stride 1 that keeps the length.

    Returns:
        True for odd dilations, odd c, and enough taps and channels.
    """
    (taps,), (dilation,) = layer.kernel_size, layer.dilation
    fits = taps % 4 == 3 and dilation % 2 == 1
    return fits and any(
        taps >= least and layer.in_channels >= channels
        for least, channels in FASTER_FROM
    )


def activate_conv(
    layer: torch.nn.Conv1d, states: torch.Tensor, slope: float
) -> torch.Tensor:
    """Return the convolution of a leaky ReLU, without gradients.

    Args:
        layer: The convolution.
        states: (B, C, 1, S), channels last; not changed.
        slope: Slope of the leaky ReLU for negative values.

    Returns:
        (B, C', 1, S), channels last.
    """
    even, odd, both = _polyphase_kernels(layer.weight)
    step, half = layer.dilation[0], (layer.dilation[0] - 1) // 2
    reach, length = layer.padding[0], states.shape[3]
    evens, odds = (length + 1) // 2, length // 2
    # samples 2 s and 2 s + d for s from -first, so that E and O have equal tap
    # positions
    first = step + (reach - step) // 2
    shape = (2, len(states), 1, evens + step + reach, states.shape[1])
    x0, x1 = (part.permute(0, 3, 1, 2) for part in states.new_zeros(shape))
    leaky_relu_into(states[..., ::2], slope, x0[..., first : first + evens])
    leaky_relu_into(states[..., 1::2], slope, x1[..., first - half :][..., :odds])
    from_even = conv2d(x0[..., : -step or None], even, dilation=(1, step))
    from_odd = conv2d(x1, odd, layer.bias, dilation=(1, step))
    mixed = conv2d(x0.add_(x1), both, 2 * layer.bias, dilation=(1, step))
    del x0, x1  # frees memory for the output
    made = states.new_empty(len(states), 1, length, len(even)).permute(0, 3, 1, 2)
    later = slice(step, step + evens)
    torch.add(from_even[..., later], from_odd[..., :evens], out=made[..., ::2])
    there = slice(step - half, step - half + odds)
    rest = mixed[..., there].sub_(from_even[..., there])
    torch.sub(rest, from_odd[..., there], out=made[..., 1::2])
    return made


def _polyphase_kernels(
    weight: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return E, O and E + O, (C', C, 1, taps); c is odd, so the first tap is in O."""
    weight = weight.unsqueeze(2)
    odd, even = weight[..., ::2], weight[..., 1::2]
    three = even, odd, odd + pad(even, (0, 1))
    return tuple(k.contiguous(memory_format=torch.channels_last) for k in three)
