"""HiFi-GAN generator: log mel spectrogram to waveform.

Shapes: B clips, T mel frames, M mel bands, S = T x hop samples.
Source: HiFi-GAN, arXiv:2010.05646. The network is transformers' ``SpeechT5HifiGan``, so
that published weights load by name; its normalisation is disabled, as published.

Length. A transposed convolution with kernel k, rate u and padding (k - u) // 2 returns
one sample too many if k - u is odd. The published 16 kHz network has one such stage,
its first (k 16, u 5), which adds 32 samples at the output: 163 872 for 1024 frames. The
published training compared outputs and recordings from sample 0 on (51 frames give 8192
samples, the published segment). The surplus samples are therefore at the end and are
cut there. The published 48 kHz weights (k 10, u 5 in the second stage) were trained
with the padding rounded up and one sample of output padding: exactly T x hop samples.
The authors' inference code rounds the padding down for these weights, too: its output
is 16 samples later and 16 samples longer.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.nn.utils import parametrizations, parametrize

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vocoder.abs_vocoder import AbsVocoder

ODD_PADDING = ("floor", "ceil")


class HiFiGAN(AbsVocoder):
    """Upsample a mel spectrogram in several stages to a waveform.

    Args:
        geometry: Sizes of the mel spectrogram.
        upsample_rates: Rate u of every stage; their product is the hop.
        upsample_kernel_sizes: Kernel k of every stage.
        upsample_initial_channel: Channels before the first stage; each stage halves
            them.
        resblock_kernel_sizes: Kernels of the residual blocks, whose outputs are summed
            at every stage.
        resblock_dilation_sizes: Dilations of each of these blocks.
        leaky_relu_slope: Slope for negative values; before the last layer it is 0.01.
        initializer_range: Std of the initial weights; None scales them by the width of
            each layer. Narrow networks need None: otherwise their first output is
            silent, and it stays silent, because the log mel has no gradient below its
            floor.
        weight_norm: Whether to train with weight normalisation. In published weights it
            is folded into the kernels; ``load_folded`` loads such weights in both
            cases.
        odd_padding: Rounding of (k - u) / 2 in a stage with odd k - u: ``floor`` as in
            the published 16 kHz weights, ``ceil`` as in the published 48 kHz training.
        normalize_before: Whether to normalise each mel band with a mean and a scale,
            which are stored with the weights; False as published.

    Attributes:
        hop: Samples per frame.
        odd_padding: ``floor`` or ``ceil``.

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
        normalize_before: bool = False,
    ):
        super().__init__()
        _check_stages(geometry.hop, upsample_rates, upsample_kernel_sizes)
        _check_blocks(resblock_kernel_sizes, resblock_dilation_sizes)
        _check_padding(odd_padding)
        from transformers import SpeechT5HifiGan, SpeechT5HifiGanConfig

        self.hop = geometry.hop
        self.odd_padding = odd_padding
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
                normalize_before=normalize_before,
            )
        )
        self._set_padding(odd_padding)
        for layer in self._convolutions().values():
            if initializer_range is None:
                layer.reset_parameters()
            if weight_norm:
                parametrizations.weight_norm(layer)

    def forward(
        self, mel: torch.Tensor, trim: bool = True, odd_padding: str | None = None
    ) -> torch.Tensor:
        """Return the waveform of a log mel spectrogram.

        Args:
            mel: Log mel spectrogram of ``LogMel``, (B, T, M).
            trim: Whether to cut the surplus samples at the end, which the authors' code
                keeps.
            odd_padding: ``floor`` or ``ceil`` for this call; if None, the attribute.

        Returns:
            Waveform in -1 to 1, (B, T x hop); frame t is centred at sample
            (t + 1/2) x hop.
        """
        self._set_padding(odd_padding or self.odd_padding)
        wave = self.run_generator(mel)
        return wave[:, : mel.shape[1] * self.hop] if trim else wave

    def decode(
        self, mel: torch.Tensor, trim: bool = True, odd_padding: str | None = None
    ) -> torch.Tensor:
        """Return the waveform of a log mel spectrogram of any precision.

        Args:
            mel: See ``AbsVocoder``.
            trim: See ``forward``.
            odd_padding: See ``forward``.

        Returns:
            Waveform, see ``forward``.
        """
        return self(mel.to(next(self.parameters())), trim, odd_padding)

    def run_generator(self, mel: torch.Tensor) -> torch.Tensor:
        """Run the generator network; do not cut the surplus samples at the end.

        ``accel`` overrides this method with a faster one that returns equal values.

        Args:
            mel: (B, T, M).

        Returns:
            (B, at least T x hop).
        """
        return self.net(mel)

    def fold(self) -> dict[str, Any]:
        """Remove weight normalisation; see ``AbsVocoder``."""
        self.fold_weight_norm()
        return {"weight_norm": False}

    def fold_weight_norm(self) -> None:
        """Remove weight normalisation; this is faster and gives equal output."""
        for layer in self._convolutions().values():
            if parametrize.is_parametrized(layer, "weight"):
                parametrize.remove_parametrizations(layer, "weight")

    @classmethod
    def unfolded_conf(cls, conf: Mapping[str, Any]) -> dict[str, Any]:
        """Return the ``vocoder_conf`` of further training; see ``AbsVocoder``.

        Args:
            conf: ``vocoder_conf`` of the folded vocoder.

        Returns:
            The mapping, with weight normalisation if it says anything about it.
        """
        return {**conf, "weight_norm": True} if "weight_norm" in conf else dict(conf)

    def folded_state(self) -> dict[str, torch.Tensor]:
        """Return the weights without weight normalisation; see ``AbsVocoder``."""
        state = {"net.mean": self.net.mean, "net.scale": self.net.scale}
        for name, layer in self._convolutions().items():
            state[f"net.{name}.weight"] = layer.weight.detach().clone()
            state[f"net.{name}.bias"] = layer.bias.detach().clone()
        return state

    def load_folded(self, state: Mapping[str, torch.Tensor]) -> None:
        """Load weights without weight normalisation into a network with or without it.

        Args:
            state: Every ``net.<layer>.weight`` and ``net.<layer>.bias`` under
                transformers' names. ``net.mean`` and ``net.scale`` may be included;
                they must be 0 and 1 unless ``normalize_before`` is set.

        Raises:
            ValueError: If a name is missing or unknown, or a shape does not fit.
        """
        layers = {f"net.{name}": layer for name, layer in self._convolutions().items()}
        expected = {f"{n}.{part}" for n in layers for part in ("weight", "bias")}
        wrong = sorted(expected ^ (set(state) - {"net.mean", "net.scale"}))
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
                # by assignment, which with weight normalisation also sets norm and
                # direction
                if parametrize.is_parametrized(layer, "weight"):
                    layer.weight = state[f"{name}.weight"].to(layer.bias)
                else:
                    layer.weight.copy_(state[f"{name}.weight"])
                layer.bias.copy_(state[f"{name}.bias"])
            self._load_scaling(state)

    def _load_scaling(self, state: Mapping[str, torch.Tensor]) -> None:
        """Load mean and scale of the mel bands, if the network uses them."""
        if self.net.config.normalize_before:
            for name in {"net.mean", "net.scale"} & state.keys():
                self.get_buffer(name).copy_(state[name])

    def _set_padding(self, odd_padding: str) -> None:
        _check_padding(odd_padding)
        exact = odd_padding == "ceil"
        for stage in self.net.get_submodule("upsampler"):
            surplus = stage.kernel_size[0] - stage.stride[0]
            odd = surplus % 2 if exact else 0
            stage.padding, stage.output_padding = (surplus // 2 + odd,), (odd,)

    def _convolutions(self) -> dict[str, torch.nn.Module]:
        classes = (torch.nn.Conv1d, torch.nn.ConvTranspose1d)
        return {n: m for n, m in self.net.named_modules() if isinstance(m, classes)}


def _part(layers: Mapping[str, torch.nn.Module], name: str) -> torch.Tensor:
    layer, _, part = name.rpartition(".")
    return getattr(layers[layer], part)


def samples_later(rates: Sequence[int], kernels: Sequence[int]) -> int:
    """Return by how many samples the sound of ``floor`` is later than that of ``ceil``.

    Args:
        rates: Rate u of every stage.
        kernels: Kernel k of every stage.

    Returns:
        Number of samples; 0 if no k - u is odd, so that both are equal.
    """
    odd = [(kernel - rate) % 2 for kernel, rate in zip(kernels, rates)]
    return sum(one * math.prod(rates[n + 1 :]) for n, one in enumerate(odd))


def _check_padding(odd_padding: str) -> None:
    if odd_padding not in ODD_PADDING:
        raise ValueError(
            f"odd_padding {odd_padding!r} is unknown; choose one of "
            f"{', '.join(ODD_PADDING)}"
        )


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
            f"resblock_dilation_sizes {list(dilations)} must have one list for each of "
            f"resblock_kernel_sizes {list(kernels)}"
        )
