"""The HiFi-GAN generator against plain functions that read the same weights.

Source of the layout: HiFi-GAN, arXiv:2010.05646, figure 1 and its type-1 blocks.
"""

import torch
from torch.nn.functional import conv1d, conv_transpose1d, leaky_relu

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN

RATES, KERNELS = [5, 4, 2, 2, 2], [16, 16, 8, 4, 4]
BLOCK_KERNELS, DILATIONS = [3, 5], [[1, 3], [1, 2]]


def plain_hifi_gan(w, mel):
    def conv(name, x, dilation=1):
        kernel = w[f"{name}.weight"]
        reach = (kernel.shape[2] - 1) * dilation // 2
        return conv1d(x, kernel, w[f"{name}.bias"], padding=reach, dilation=dilation)

    def block(number, x, dilations):
        for i, dilation in enumerate(dilations):
            y = leaky_relu(x, 0.1)
            y = conv(f"resblocks.{number}.convs1.{i}", y, dilation)
            y = conv(f"resblocks.{number}.convs2.{i}", leaky_relu(y, 0.1))
            x = x + y
        return x

    x = conv("conv_pre", mel.transpose(1, 2))
    for stage, (rate, kernel) in enumerate(zip(RATES, KERNELS)):
        x = conv_transpose1d(
            leaky_relu(x, 0.1),
            w[f"upsampler.{stage}.weight"],
            w[f"upsampler.{stage}.bias"],
            stride=rate,
            padding=(kernel - rate) // 2,
        )
        first = stage * len(BLOCK_KERNELS)
        sums = [block(first + j, x, d) for j, d in enumerate(DILATIONS)]
        x = sum(sums) / len(sums)
    return torch.tanh(conv("conv_post", leaky_relu(x, 0.01)))[:, 0]


@torch.no_grad()
def test_the_generator_computes_what_plain_functions_do():
    torch.manual_seed(0)
    vocoder = HiFiGAN(
        ClipGeometry(n_mels=8, downsample=4),
        upsample_initial_channel=64,
        resblock_kernel_sizes=BLOCK_KERNELS,
        resblock_dilation_sizes=DILATIONS,
        initializer_range=None,
    ).eval()
    mel = torch.randn(2, 12, 8)
    folded = vocoder.folded_state()
    plain = {name.removeprefix("net."): folded[name] for name in folded}
    expected = plain_hifi_gan(plain, mel)
    assert expected.shape == (2, 12 * 160 + 32)  # the surplus of the first stage
    assert expected.std() > 1e-3
    ours = vocoder(mel)
    torch.testing.assert_close(ours, expected[:, : 12 * 160], rtol=1e-5, atol=1e-5)
