"""The sampling loop: from noise to a clean latent with any solver of diffusers.

Interactive commands show a progress bar of its steps.

Shapes: B clips, C channels, T latent frames, F latent bins.
"""

import contextlib
import contextvars
import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TextIO

import torch

from espnet2.gen_audio.diffusion.process.solvers import first_latents, network_input
from espnet2.gen_audio.sampling.given_latent import LatentEdit
from espnet2.gen_audio.sampling.guidance import Denoiser

Watch = Callable[[Any], Iterable[Any]]  # passes solver steps on, one after the other
_WATCH: contextvars.ContextVar[Watch | None] = contextvars.ContextVar(
    "watch", default=None
)


@torch.no_grad()
def sample_latents(
    denoise: Denoiser,
    scheduler: Any,
    noise: torch.Tensor,
    generators: Sequence[torch.Generator],
    steps: int,
    eta: float = 0.0,
    edit: LatentEdit | None = None,
) -> torch.Tensor:
    """Sample latents.

    Noise that a step adds (DDIM with eta above 0, ancestral solvers) is drawn with each
    clip's own generator, so that a clip does not depend on its batch.

    Args:
        denoise: Network with its conditions, ``denoise(noisy, step)``.
        scheduler: Scheduler that the process built; its state is reset.
        noise: Standard normal noise, (B, C, T, F).
        generators: One CPU generator per clip.
        steps: Number of solver steps.
        eta: DDIM's eta: 0 adds no noise, 1 is the published sampler.
        edit: A given latent that is partly kept; None without a given latent.

    Returns:
        Scaled latents, (B, C, T, F); divide them by the latent scale before decoding.

    Raises:
        ValueError: If steps, eta, the number of generators or the strength of the edit
            are not valid.
        RuntimeError: If a latent is not finite.
    """
    known = inspect.signature(scheduler.step).parameters
    refuse_request(scheduler, steps, eta)
    if len(generators) != len(noise):
        raise ValueError(
            f"{len(generators)} generators were given for {len(noise)} clips; "
            "generators_of(seed, utt_ids) makes one for each"
        )
    options = {"eta": eta} if "eta" in known else {}
    if "generator" in known:
        options["generator"] = list(generators)
    scheduler.set_timesteps(steps, device=noise.device)  # resets its state
    _refuse_grid(scheduler, steps)
    timesteps = scheduler.timesteps
    latents = first_latents(scheduler, noise)
    if edit is not None:
        timesteps = edit.steps_of(timesteps, getattr(scheduler, "order", 1))
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(len(scheduler.timesteps) - len(timesteps))
        latents = edit.begin(scheduler, noise, timesteps[0])
    for step in _watched(timesteps):
        if edit is not None:
            latents = edit.hold(latents, scheduler, noise, step)
        scaled = network_input(scheduler, latents, step)
        predicted = denoise(scaled, step.expand(len(latents)))
        latents = scheduler.step(predicted, step, latents, **options).prev_sample
    if edit is not None:
        latents = edit.hold(latents, scheduler, noise, None)
    if not torch.isfinite(latents).all():
        raise RuntimeError(
            f"latents are not finite after {steps} steps; lower the "
            "guidance scale, or use more steps"
        )
    return latents


def refuse_request(scheduler: Any, steps: int, eta: float) -> None:
    """Refuse steps and eta that the scheduler would ignore or fail with.

    Args:
        scheduler: Scheduler that the process built.
        steps: Number of solver steps.
        eta: DDIM's eta.

    Raises:
        ValueError: If the solver cannot use them.
    """
    longest = scheduler.config.num_train_timesteps
    if not 1 <= steps <= longest:
        raise ValueError(f"{steps} steps were requested; use 1 to {longest}")
    if not 0.0 <= eta <= 1.0:
        raise ValueError(f"eta {eta} was given; use 0 (no noise) to 1 (published)")
    if eta and "eta" not in inspect.signature(scheduler.step).parameters:
        raise ValueError(
            f"{type(scheduler).__name__} has no eta, but {eta} was given; use ddim, "
            "or eta 0"
        )


@contextlib.contextmanager
def steps_watched_by(watch: Watch | None) -> Iterator[None]:
    """Let a function see the solver steps of each sampling loop in the context.

    Args:
        watch: It is called with the steps, (S,), and yields them one after the other;
            None for no watch.

    Yields:
        Nothing.
    """
    token = _WATCH.set(watch)
    try:
        yield
    finally:
        _WATCH.reset(token)


def progress_bar_on(stream: TextIO | None) -> contextlib.AbstractContextManager[None]:
    """Show a bar (steps, rate, time left) for each sampling loop in the context.

    Args:
        stream: Stream to write the bar to; None for no bar.

    Returns:
        The context.
    """

    def bar(steps: Any) -> Iterable[Any]:
        """Return solver steps with a progress bar."""
        from tqdm import tqdm

        return tqdm(steps, desc="sampling", unit="step", file=stream, leave=False)

    return steps_watched_by(None if stream is None else bar)


def _watched(timesteps: Any) -> Iterable[Any]:
    """Return solver steps, within ``steps_watched_by`` by way of its function."""
    watch = _WATCH.get()
    return timesteps if watch is None else watch(timesteps)


def _refuse_grid(scheduler: Any, steps: int) -> None:
    """Refuse time steps that start far from pure noise, or beyond the noise schedule.

    DDIM's published time steps are 1, 1 + s, 1 + 2 s, ... with s = N // steps: 600 of
    1000 steps would visit 1 to 600 only, and 1000 steps would visit step 1000, which
    does not exist. Schedulers of flow matching have continuous times and always start
    at pure noise; they are not checked.
    """
    if "beta_start" not in scheduler.config:
        return
    longest = scheduler.config.num_train_timesteps
    first = int(scheduler.timesteps.max())
    allowed_gap = max(longest // steps, 0.15 * longest)
    if first >= longest or longest - first > allowed_gap:
        raise ValueError(
            f"{steps} steps would start at step {first} of {longest}; use a number "
            f"that divides {longest}, {longest // 2} at most"
        )
