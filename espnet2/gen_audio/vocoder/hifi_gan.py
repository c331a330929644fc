"""HiFi-GAN generator: log mel spectrogram to waveform.

Shapes: B clips, T mel frames, M mel bands, S = T x hop samples.
Source: HiFi-GAN, arXiv:2010.05646. The network is transformers' ``SpeechT5HifiGan``
without its normalisation, so that published weights load by name.

Length. A transposed convolution with kernel k, rate u and padding (k - u) // 2 returns
one sample too many if k - u is odd. The published 16 kHz network has one such stage,
its first (k 16, u 5), which adds 32 samples at the output: 163 872 for 1024 frames. Its
training compared outputs and recordings from sample 0 on (51 frames give 8192 samples,
the published segment), so the surplus is at the end and is cut there.
"""

import math
from collections.abc import Mapping, Sequence

import torch
from torch.nn.utils import parametrizations, parametrize

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vocoder.abs_vocoder import AbsVocoder

ODD_PADDING = ("floor", "ceil")


class HiFiGAN(AbsVocoder):
    """Upsample a mel spectrogram, stage by stage, to a waveform.

    Args:
        geometry: Sizes of the mel spectrogram.
        upsample_rates: Rate u of every stage; their product is the hop.
        upsample_kernel_sizes: Kernel k of every stage.
        upsample_initial_channel: Channels before the first stage; each stage halves
            them.
        resblock_kernel_sizes: Kernels of the residual blocks, summed at every stage.
        resblock_dilation_sizes: Dilations of each of these blocks.
        leaky_relu_slope: Slope for negative values; before the last layer it is 0.01.
        initializer_range: Std of the initial weights; None scales them by the width of
            each layer. Narrow networks need None: they would start silent and stay
            silent, because there is no gradient below the floor of the log mel.
        weight_norm: Train with weight normalisation. Published weights have it folded
            in; ``load_folded`` takes them in both cases.
        odd_padding: How (k - u) / 2 is rounded in a stage with odd k - u: ``floor`` as
            in the published 16 kHz weights, ``ceil`` as in the published 48 kHz
            training.

    Raises:
        ValueError: If rates, kernels and hop do not fit each other.
    """

    def __init__(
        self,
        geometry: ClipGeometry,
        *,
        upsample_rates: Sequence[int] = (5, 4, 2, 2, 2),
        upsample_kernel_sizes: Sequence[int] = (16, 16, 8, 4, 4),
        upsample_initial_channel: int = 1024,
        resblock_kernel_sizes: Sequence[int] = (3, 7, 11),
        resblock_dilation_sizes: Sequence[Sequence[int]] = ((1, 3, 5),) * 3,
        leaky_relu_slope: float = 0.1,
        initializer_range: float | None = 0.01,
        weight_norm: bool = True,
        odd_padding: str = "floor",
    ):
        super().__init__()
        _check_stages(geometry.hop, upsample_rates, upsample_kernel_sizes)
        _check_blocks(resblock_kernel_sizes, resblock_dilation_sizes)
        if odd_padding not in ODD_PADDING:
            raise ValueError(
                f"odd_padding {odd_padding!r} is unknown; choose one of "
                f"{', '.join(ODD_PADDING)}"
            )
        from transformers import SpeechT5HifiGan, SpeechT5HifiGanConfig

        self.hop = geometry.hop
        self.net = SpeechT5HifiGan(
            SpeechT5HifiGanConfig(
                model_in_dim=geometry.n_mels,
                sampling_rate=geometry.sample_rate,
                upsample_initial_channel=upsample_initial_channel,
                upsample_rates=list(upsample_rates),
                upsample_kernel_sizes=list(upsample_kernel_sizes),
                resblock_kernel_sizes=list(resblock_kernel_sizes),
                resblock_dilation_sizes=[list(d) for d in resblock_dilation_sizes],
                leaky_relu_slope=leaky_relu_slope,
                initializer_range=initializer_range or 0.01,
                normalize_before=False,
            )
        )
        if odd_padding == "ceil":
            _keep_exact_length(self.net.get_submodule("upsampler"))
        for layer in self._convolutions().values():
            if initializer_range is None:
                layer.reset_parameters()
            if weight_norm:
                parametrizations.weight_norm(layer)

    def forward(self, mel: torch.Tensor, trim: bool = True) -> torch.Tensor:
        """Return the waveform of a log mel spectrogram.

        Args:
            mel: Log mel spectrogram as ``LogMel`` gives it, (B, T, M).
            trim: Cut the surplus samples at the end, which the authors' code keeps.

        Returns:
            Waveform in -1 to 1, (B, T x hop); frame t is centred at sample
            (t + 1/2) x hop.
        """
        wave = self.run_generator(mel)
        return wave[:, : mel.shape[1] * self.hop] if trim else wave

    def run_generator(self, mel: torch.Tensor) -> torch.Tensor:
        """Run the generator network; the surplus samples are not cut.

        ``accel`` overrides this method with a faster computation of the same values.

        Args:
            mel: (B, T, M).

        Returns:
            (B, at least T x hop).
        """
        return self.net(mel)

    def fold_weight_norm(self) -> None:
        """Remove weight normalisation; the output stays the same and is faster."""
        for layer in self._convolutions().values():
            if parametrize.is_parametrized(layer, "weight"):
                parametrize.remove_parametrizations(layer, "weight")

    def folded_state(self) -> dict[str, torch.Tensor]:
        """Return weights under transformers' names, without weight normalisation."""
        state = {"mean": self.net.mean, "scale": self.net.scale}
        for name, layer in self._convolutions().items():
            state[f"{name}.weight"] = layer.weight.detach().clone()
            state[f"{name}.bias"] = layer.bias.detach().clone()
        return state

    def load_folded(self, state: Mapping[str, torch.Tensor]) -> None:
        """Load weights without weight normalisation, into either form of the network.

        Args:
            state: Every ``<layer>.weight`` and ``<layer>.bias`` under transformers'
                names; ``mean`` and ``scale`` are allowed and ignored (0 and 1).

        Raises:
            ValueError: If a name is missing or unknown, or a shape does not fit.
        """
        layers = self._convolutions()
        expected = {f"{n}.{part}" for n in layers for part in ("weight", "bias")}
        wrong = sorted(expected ^ (set(state) - {"mean", "scale"}))
        wrong = wrong or [
            name
            for name in sorted(expected)
            if state[name].shape != _part(layers, name).shape
        ]
        if wrong:
            raise ValueError(
                f"weights do not fit the vocoder: {', '.join(wrong[:8])} "
                f"({len(wrong)} in all) are missing, unknown or of another shape; "
                "check vocoder_conf against the checkpoint"
            )
        with torch.no_grad():
            for name, layer in layers.items():
                # assignment, because under weight norm it also sets norm and direction
                if parametrize.is_parametrized(layer, "weight"):
                    layer.weight = state[f"{name}.weight"].to(layer.bias)
                else:
                    layer.weight.copy_(state[f"{name}.weight"])
                layer.bias.copy_(state[f"{name}.bias"])

    def _convolutions(self) -> dict[str, torch.nn.Module]:
        classes = (torch.nn.Conv1d, torch.nn.ConvTranspose1d)
        return {n: m for n, m in self.net.named_modules() if isinstance(m, classes)}


def _part(layers: Mapping[str, torch.nn.Module], name: str) -> torch.Tensor:
    layer, _, part = name.rpartition(".")
    return getattr(layers[layer], part)


def _keep_exact_length(stages: torch.nn.ModuleList) -> None:
    for stage in stages:
        surplus = stage.kernel_size[0] - stage.stride[0]
        stage.padding = (math.ceil(surplus / 2),)
        stage.output_padding = (surplus % 2,)


def _check_stages(hop: int, rates: Sequence[int], kernels: Sequence[int]) -> None:
    if math.prod(rates) != hop:
        raise ValueError(
            f"upsample_rates {list(rates)} multiply to {math.prod(rates)}, but the hop "
            f"is {hop}; a frame must become exactly one hop of samples"
        )
    if len(rates) != len(kernels) or any(k < u for k, u in zip(kernels, rates)):
        raise ValueError(
            f"upsample_kernel_sizes {list(kernels)} must give each of upsample_rates "
            f"{list(rates)} a kernel at least as large"
        )


def _check_blocks(kernels: Sequence[int], dilations: Sequence[Sequence[int]]) -> None:
    if len(kernels) != len(dilations) or not kernels:
        raise ValueError(
            f"resblock_dilation_sizes {list(dilations)} must hold one list for each of "
            f"resblock_kernel_sizes {list(kernels)}"
        )
