"""A small flow for each LOA vector: predictions are samples, not averages.

A regression head predicts the mean (or median) of all LOA that fit a caption; this mean
may not be the LOA of any sound. This head learns the distribution of a vector given its
hidden state h: a network predicts the velocity of a path from noise z to the vector x,

    x_t = (1 - t) z + t x,    v(x_t, t, h) -> x - z,    t uniform in 0 to 1.

Generation integrates the velocity from z at t = 0 to t = 1. At z = 0 and t = 0 the
velocity is the mean of x given h; with it, trainings are compared with regression.

An autoregressive model draws each vector given the vectors before it. A model that is
not autoregressive draws all vectors independently, given the conditions.

Shapes: B clips, L LOA tokens, D width of GPT-2 and of LOA, C inner width, R draws.
Source: a head for each token, its network and several draws per step: arXiv:2406.11838
(MAR), with rectified flow, arXiv:2209.03003, instead of diffusion.
"""

from collections.abc import Sequence

import torch
from torch.nn.functional import mse_loss, silu

from espnet2.gen_audio.encoder.sinusoidal import sinusoids
from espnet2.gen_audio.loa_lm.head import AbsHead
from espnet2.gen_audio.ranks import moments_over_ranks
from espnet2.gen_audio.seeding import normal_of

TIME_SCALE = 100.0  # phase of the fastest sinusoid at t = 1, in radians
LEAST_VARIANCE = 1e-8  # avoids division by zero for a constant feature


class FlowHead(AbsHead):
    """Draw LOA vectors given hidden states.

    The LOA is normalised to mean 0 and std 1 in each feature. Mean and std are measured
    over the first training batches, then fixed; they are stored with the weights.

    Args:
        width: Width D.
        inner: Width C of the network, even.
        blocks: Number of residual blocks.
        draws: Number R of noisy versions of each vector in a training step.
        steps: Number of Heun steps of generation, with two evaluations of the network
            each.
        temperature: Factor of the noise in generation. With 0, generation starts at the
            mean of the noise, and the vector depends on the hidden state only.
        measured_batches: Number of training batches over which mean and variance are
            measured.

    Raises:
        ValueError: If a number is out of range.
    """

    samples = True

    def __init__(
        self,
        width: int,
        inner: int = 512,
        blocks: int = 3,
        draws: int = 4,
        steps: int = 8,
        temperature: float = 1.0,
        measured_batches: int = 100,
    ):
        super().__init__()
        counts = {"inner": inner, "blocks": blocks, "draws": draws, "steps": steps}
        counts["measured_batches"] = measured_batches
        wrong = {name: count for name, count in counts.items() if count < 1}
        if wrong or inner % 2 or temperature < 0.0:
            raise ValueError(
                f"head_conf has {counts} and temperature {temperature}; give numbers "
                "of 1 or more, an even inner, and a temperature of 0 or more"
            )
        self.draws = draws
        self.steps = steps
        self.temperature = temperature
        self.measured_batches = measured_batches
        self.network = VelocityNetwork(width, inner, blocks)
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("variance", torch.ones(width))
        # a float, since ESPnet sums integers when it averages epochs
        self.register_buffer("batches", torch.zeros(()))

    def loss(
        self,
        hidden: torch.Tensor,
        target: torch.Tensor,
        generators: Sequence[torch.Generator] | None = None,
    ) -> torch.Tensor:
        """Return the mean squared error of the velocity, see ``AbsHead``.

        In train mode, the first batches also update mean and variance.
        """
        if self.training:
            self._measure(target)
        clean = (target - self.mean) / self._std()  # (B, L, D)
        noise, time = self._drawn(target, generators)  # (B, R, L, D), (B, R, L)
        noisy = torch.lerp(noise, clean[:, None], time[..., None])  # (B, R, L, D)
        predicted = self.network(noisy, time, hidden[:, None])  # (B, R, L, D)
        return mse_loss(predicted, clean[:, None] - noise)

    @torch.no_grad()
    def mean_of(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return the mean of the vectors given their hidden states, see ``AbsHead``."""
        start = torch.zeros_like(hidden)
        mean = self.network(start, start[..., 0], hidden)  # time (B, L), all 0
        return self.mean + self._std() * mean

    def sample(
        self, hidden: torch.Tensor, noise: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Integrate the velocity from noise to vectors.

        Args:
            hidden: Hidden states, (B, L, D).
            noise: Standard normal numbers, (B, L, D); not used at temperature 0.

        Returns:
            LOA, (B, L, D); gradients flow.

        Raises:
            ValueError: If the temperature is not 0 and noise is missing or of another
                shape.
        """
        if self.temperature == 0.0:
            noise = torch.zeros_like(hidden)
        elif noise is None or noise.shape != hidden.shape:
            given = None if noise is None else tuple(noise.shape)
            raise ValueError(
                f"the flow head needs noise of shape {tuple(hidden.shape)}, but "
                f"noise {given} was given; give noise, or set its temperature to 0"
            )
        dtype = torch.promote_types(hidden.dtype, torch.float32)
        state = self.temperature * noise.to(hidden.device, dtype)

        def velocity(state: torch.Tensor, time: float) -> torch.Tensor:
            """Predict the velocity of all vectors at one time, as ``dtype``."""
            times = hidden.new_full(hidden.shape[:-1], time)  # (B, L)
            return self.network(state.to(hidden.dtype), times, hidden).to(dtype)

        for step in range(self.steps):
            here = velocity(state, step / self.steps)
            ahead = velocity(state + here / self.steps, (step + 1) / self.steps)
            state = state + (here + ahead) / (2 * self.steps)
        return (self.mean + self._std() * state).to(hidden.dtype)

    def _std(self) -> torch.Tensor:
        """Return the standard deviation of each feature, (D,)."""
        return self.variance.clamp(min=LEAST_VARIANCE).sqrt()

    @torch.no_grad()
    def _measure(self, target: torch.Tensor) -> None:
        """Include a batch, (B, L, D), in mean and variance until they are fixed."""
        if self.batches >= self.measured_batches:
            return
        self.batches += 1
        part = 1.0 / self.batches
        mean, variance = moments_over_ranks(target.flatten(0, 1))  # over (B L, D)
        apart = mean - self.mean
        spread = variance - self.variance
        # in place: DistributedDataParallel synchronises the original tensors
        self.mean += part * apart
        self.variance += part * spread + part * (1.0 - part) * apart.square()

    def _drawn(
        self, target: torch.Tensor, generators: Sequence[torch.Generator] | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Draw noise, (B, R, L, D), and times, (B, R, L)."""
        clips, tokens, width = target.shape
        times = (self.draws, tokens)
        if generators is None:
            noise = torch.randn(clips, *times, width, device=target.device)
            time = torch.rand(clips, *times, device=target.device)
            return noise.to(target.dtype), time.to(target.dtype)
        noise = normal_of(generators, (*times, width)).to(target)
        time = torch.stack([torch.rand(times, generator=each) for each in generators])
        return noise, time.to(target)  # (B, R, L, D), (B, R, L)


class VelocityNetwork(torch.nn.Module):
    """An MLP with layer normalisations that are modulated by time and hidden state.

    Args:
        width: Width D.
        inner: Width C of the network, even.
        blocks: Number of residual blocks.
    """

    def __init__(self, width: int, inner: int, blocks: int):
        super().__init__()
        self.inner = inner
        self.noisy = torch.nn.Linear(width, inner)
        self.hidden = torch.nn.Linear(width, inner)
        self.time = torch.nn.Sequential(
            torch.nn.Linear(inner, inner),
            torch.nn.SiLU(),
            torch.nn.Linear(inner, inner),
        )
        self.blocks = torch.nn.ModuleList(_Block(inner) for _ in range(blocks))
        self.last = _Modulation(inner, 2)
        self.velocity = torch.nn.Linear(inner, width)
        torch.nn.init.zeros_(self.velocity.weight)
        torch.nn.init.zeros_(self.velocity.bias)

    def forward(
        self, noisy: torch.Tensor, time: torch.Tensor, hidden: torch.Tensor
    ) -> torch.Tensor:
        """Predict velocities.

        Args:
            noisy: Vectors between noise and normalised LOA, (..., D).
            time: From 0, noise, to 1, LOA, (...).
            hidden: Hidden states of GPT-2, (..., D); the axis of draws may be 1.

        Returns:
            Velocities, (..., D).
        """
        encoded = sinusoids(TIME_SCALE * time.flatten(), self.inner).to(hidden.dtype)
        encoded_time = self.time(encoded).unflatten(0, time.shape)  # (..., C)
        given = silu(encoded_time + self.hidden(hidden))  # (..., C)
        state = self.noisy(noisy)  # (..., C)
        for block in self.blocks:
            state = block(state, given)
        shift, scale = self.last(given)
        return self.velocity(_normalised(state) * (1.0 + scale) + shift)


class _Block(torch.nn.Module):
    """A residual block, which is the identity at the start of training."""

    def __init__(self, inner: int):
        super().__init__()
        self.modulation = _Modulation(inner, 3)
        self.inside = torch.nn.Linear(inner, inner)
        self.outside = torch.nn.Linear(inner, inner)

    def forward(self, state: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
        """Add a gated update, which depends on ``given``, to a state, (..., C) each."""
        shift, scale, gate = self.modulation(given)
        changed = _normalised(state) * (1.0 + scale) + shift
        return state + gate * self.outside(silu(self.inside(changed)))


class _Modulation(torch.nn.Linear):
    """Map time and hidden state to shifts, scales and gates; zero at the start."""

    def __init__(self, inner: int, number: int):
        super().__init__(inner, number * inner)
        torch.nn.init.zeros_(self.weight)
        torch.nn.init.zeros_(self.bias)
        self.number = number

    def forward(self, given: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return ``number`` tensors, (..., C) each, for a condition, (..., C)."""
        return super().forward(given).chunk(self.number, dim=-1)


def _normalised(state: torch.Tensor) -> torch.Tensor:
    """Return layer normalisation without weights."""
    return torch.nn.functional.layer_norm(state, state.shape[-1:])
