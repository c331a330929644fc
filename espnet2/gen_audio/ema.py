"""Moving average of a module's weights, stored inside the model.

The average is stored in parameters without gradient, not in buffers: data-parallel
training sends buffers to every worker at every forward call, but not such parameters.
They are part of the state dict, so epoch files and checkpoints contain them.

Source: average = decay * average + (1 - decay) * weight after every optimiser step,
with a decay of at most (1 + n) / (10 + n) after n updates (the ramp of latent
diffusion).
"""

import contextlib
from collections.abc import Iterator

import torch


class WeightAverage(torch.nn.Module):
    """The moving average of the floating-point parameters of one module.

    The module itself is passed at every call and is not registered here, so that its
    weights are saved once. Before the first update there is no average: ``copy_to`` and
    ``swapped`` then leave the raw weights unchanged. The first update copies the raw
    weights, because weights may be loaded after the model is built.

    Args:
        module: The module whose parameters are tracked.
        decay: Weight of the old average at each update, below 1.
        ramp: Whether to start with a smaller decay that rises to ``decay``.

    Raises:
        ValueError: If ``decay`` lies outside [0, 1).
    """

    def __init__(
        self, module: torch.nn.Module, decay: float = 0.9999, ramp: bool = True
    ):
        super().__init__()
        if not 0.0 <= decay < 1.0:
            raise ValueError(
                f"decay {decay} is not in [0, 1); use 0.9999 for long training, "
                "0.995 for a few hundred steps"
            )
        self.decay = decay
        self.ramp = ramp
        # float: ESPnet averages epoch files and cannot average integers
        self.register_buffer("num_updates", torch.zeros((), dtype=torch.float32))
        for name, weight in _floating(module).items():
            average = torch.nn.Parameter(weight.detach().clone(), requires_grad=False)
            self.register_parameter(_key(name), average)

    @torch.no_grad()
    def update(self, module: torch.nn.Module) -> None:
        """Update the average with the current weights of the module.

        Args:
            module: The tracked module, after an optimiser step.
        """
        count = int(self.num_updates.item())
        keep = self.decay_at(count)
        for average, weight in self._pairs(module):
            if count == 0:
                average.copy_(weight)
            else:
                average.lerp_(weight.to(average.dtype), 1.0 - keep)
        self.num_updates += 1.0

    def decay_at(self, count: int) -> float:
        """Return the decay of the next update.

        Args:
            count: Number of updates before it.

        Returns:
            ``decay``, or less during the ramp.
        """
        if not self.ramp:
            return self.decay
        return min(self.decay, (1 + count) / (10 + count))

    @torch.no_grad()
    def copy_to(self, module: torch.nn.Module) -> None:
        """Overwrite the module's weights by their average.

        Args:
            module: The tracked module.
        """
        if self.num_updates.item() == 0:
            return
        for average, weight in self._pairs(module):
            weight.copy_(average)

    def reset(self) -> None:
        """Discard the average: the next update starts from the raw weights."""
        self.num_updates.zero_()

    @contextlib.contextmanager
    def swapped(self, module: torch.nn.Module) -> Iterator[None]:
        """Use the average inside a ``with`` block; restore the raw weights after it.

        Args:
            module: The tracked module.

        Yields:
            Nothing.
        """
        live = [weight.detach().clone() for _, weight in self._pairs(module)]
        self.copy_to(module)
        try:
            yield
        finally:
            with torch.no_grad():
                for (_, weight), saved in zip(self._pairs(module), live):
                    weight.copy_(saved)

    def _pairs(
        self, module: torch.nn.Module
    ) -> list[tuple[torch.nn.Parameter, torch.nn.Parameter]]:
        """Return (average, live weight) for every tracked name."""
        live = {_key(name): weight for name, weight in _floating(module).items()}
        kept = dict(self.named_parameters(recurse=False))
        if live.keys() != kept.keys():
            differing = sorted(live.keys() ^ kept.keys())
            raise ValueError(
                f"the module has {len(live)} weights and the average {len(kept)}; "
                f"{differing[0]!r} is in one only; pass the module that was averaged"
            )
        return [(kept[name], live[name]) for name in kept]


def _floating(module: torch.nn.Module) -> dict[str, torch.nn.Parameter]:
    """Return the floating-point parameters of a module by name."""
    return {
        name: weight
        for name, weight in module.named_parameters()
        if weight.is_floating_point()
    }


def _key(name: str) -> str:
    """Return a name without dots, as torch requires for a parameter."""
    return name.replace(".", "/")
