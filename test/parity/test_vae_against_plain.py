"""The mel autoencoder against plain functions that read the same weights.

Source of the layout: AudioLDM 2's autoencoder (latent diffusion, arXiv:2112.10752):
group norm, SiLU, halving by a stride-2 convolution padded right and below, doubling by
repetition, one head of attention in the middle.
"""

import torch
from torch.nn.functional import conv2d, group_norm, pad, silu

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vae.autoencoder import MelVAE

GROUPS, LEVELS, BLOCKS = 2, 3, 2


class Plain:
    """The same computation, without a module."""

    def __init__(self, weights):
        self.w = weights

    def conv(self, name, x, **how):
        return conv2d(x, self.w[f"{name}.weight"], self.w[f"{name}.bias"], **how)

    def norm(self, name, x):
        weight, bias = self.w[f"{name}.weight"], self.w[f"{name}.bias"]
        return group_norm(x, GROUPS, weight, bias, eps=1e-6)

    def linear(self, name, x):
        return x @ self.w[f"{name}.weight"].T + self.w[f"{name}.bias"]

    def residual(self, name, x):
        y = self.conv(f"{name}.conv1", silu(self.norm(f"{name}.norm1", x)), padding=1)
        y = self.conv(f"{name}.conv2", silu(self.norm(f"{name}.norm2", y)), padding=1)
        if f"{name}.conv_shortcut.weight" in self.w:
            x = self.conv(f"{name}.conv_shortcut", x)
        return x + y

    def attention(self, name, x):
        rows = self.norm(f"{name}.group_norm", x).flatten(2).transpose(1, 2)
        q, k, v = (self.linear(f"{name}.to_{part}", rows) for part in "qkv")
        weights = (q @ k.transpose(1, 2) / q.shape[-1] ** 0.5).softmax(dim=-1)
        out = self.linear(f"{name}.to_out.0", weights @ v)
        return x + out.transpose(1, 2).reshape(x.shape)

    def middle(self, name, x):
        x = self.residual(f"{name}.resnets.0", x)
        x = self.attention(f"{name}.attentions.0", x)
        return self.residual(f"{name}.resnets.1", x)

    def encode(self, mel):
        x = self.conv("encoder.conv_in", mel[:, None], padding=1)
        for level in range(LEVELS):
            block = f"encoder.down_blocks.{level}"
            for index in range(BLOCKS):
                x = self.residual(f"{block}.resnets.{index}", x)
            if level < LEVELS - 1:
                x = pad(x, (0, 1, 0, 1))
                x = self.conv(f"{block}.downsamplers.0.conv", x, stride=2)
        x = self.middle("encoder.mid_block", x)
        x = silu(self.norm("encoder.conv_norm_out", x))
        x = self.conv("encoder.conv_out", x, padding=1)
        return self.conv("quant_conv", x)

    def decode(self, latent):
        x = self.conv("post_quant_conv", latent)
        x = self.conv("decoder.conv_in", x, padding=1)
        x = self.middle("decoder.mid_block", x)
        for level in range(LEVELS):
            block = f"decoder.up_blocks.{level}"
            for index in range(BLOCKS + 1):
                x = self.residual(f"{block}.resnets.{index}", x)
            if level < LEVELS - 1:
                x = x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
                x = self.conv(f"{block}.upsamplers.0.conv", x, padding=1)
        x = silu(self.norm("decoder.conv_norm_out", x))
        return self.conv("decoder.conv_out", x, padding=1)[:, 0]


def vae_and_plain():
    torch.manual_seed(0)
    geometry = ClipGeometry(seconds=0.32, n_mels=16, latent_channels=3)
    vae = MelVAE(
        geometry,
        block_out_channels=[4, 6, 8],
        layers_per_block=BLOCKS,
        norm_num_groups=GROUPS,
    )
    for parameter in vae.parameters():  # norms that are 1 and 0 would hide mistakes
        torch.nn.init.normal_(parameter, 0.0, 0.3)
    return vae.eval(), Plain(dict(vae.net.state_dict()))


@torch.no_grad()
def test_the_encoder_computes_what_plain_functions_do():
    vae, plain = vae_and_plain()
    mel = torch.randn(2, 32, 16)
    mean, log_variance = plain.encode(mel).chunk(2, dim=1)
    ours = vae.encode(mel)
    torch.testing.assert_close(ours[0], mean, rtol=1e-5, atol=1e-5)
    expected = log_variance.clamp(-30, 20)
    torch.testing.assert_close(ours[1], expected, rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_the_decoder_computes_what_plain_functions_do():
    vae, plain = vae_and_plain()
    latent = torch.randn(2, 3, 8, 4)
    expected = plain.decode(latent)
    torch.testing.assert_close(vae.decode(latent), expected, rtol=1e-5, atol=1e-5)
