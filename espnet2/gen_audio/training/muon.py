"""One optimiser that updates hidden matrices by Muon and all others by AdamW.

Source: Muon, K. Jordan et al., https://kellerjordan.github.io/posts/muon/: the momentum
of each hidden matrix is orthogonalised by five Newton-Schulz steps. The kernel of a
convolution is used as a matrix (out, in x kernel). The update is scaled as in
arXiv:2502.16982, eq. 4, so that learning rates and weight decays of AdamW can be used.
It is torch.optim.Muon with the same steps in another order, see orthogonal.py.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import torch

from espnet2.gen_audio.training.orthogonal import orthogonalised

ADAMW_GROUP = "adamw"
MUON_GROUP = "muon"
_BUFFER = "momentum_buffer"


class MuonWithAdamW(torch.optim.Optimizer):
    """Update matrices by Muon, all others by ``torch.optim.AdamW``.

    Both use one learning rate, which any scheduler may set; Muon multiplies it by
    ``muon_lr_ratio``.

    Args:
        params: Parameters that AdamW updates.
        matrices: Parameters of two or more dimensions that Muon updates; dimensions
            after the first are flattened.
        lr: Learning rate.
        weight_decay: Decoupled weight decay of both.
        muon_lr_ratio: Learning rate of Muon divided by that of AdamW.
        momentum: Momentum of Muon.
        ns_steps: Newton-Schulz steps.
        betas: Betas of AdamW.
        eps: Epsilon of AdamW.
        fused: Whether AdamW uses its fused implementation.

    Raises:
        ValueError: If ``muon_lr_ratio`` is not above 0.
    """

    def __init__(
        self,
        params: Iterable[torch.nn.Parameter],
        matrices: Iterable[torch.nn.Parameter],
        lr: float = 1e-3,
        weight_decay: float = 0.01,
        muon_lr_ratio: float = 1.0,
        momentum: float = 0.95,
        ns_steps: int = 5,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        fused: bool | None = None,
    ):
        if not 0.0 < muon_lr_ratio < float("inf"):
            raise ValueError(
                f"muon_lr_ratio {muon_lr_ratio} must be above 0; the default is 1"
            )
        groups = [
            {"params": list(matrices), "name": MUON_GROUP, "ratio": muon_lr_ratio},
            {"params": list(params), "name": ADAMW_GROUP, "ratio": 1.0},
        ]
        groups = [group for group in groups if group["params"]]
        super().__init__(groups, {"lr": lr, "weight_decay": weight_decay})
        self._momentum, self._ns_steps = momentum, ns_steps
        self.adamw: torch.optim.AdamW | None = None
        for group in self.param_groups:
            if group["name"] == ADAMW_GROUP:
                self.adamw = torch.optim.AdamW(
                    group["params"],
                    lr=lr,
                    betas=tuple(betas),
                    eps=eps,
                    weight_decay=weight_decay,
                    fused=fused,
                )

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Update all parameters that have a gradient.

        Args:
            closure: Function that computes the loss again, or None.

        Returns:
            The result of ``closure``.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            if group["name"] == MUON_GROUP:
                self._update(group)
            elif self.adamw is not None:
                own = self.adamw.param_groups[0]
                own["lr"], own["weight_decay"] = group["lr"], group["weight_decay"]
                self.adamw.step()
        return loss

    def _update(self, group: Mapping[str, Any]) -> None:
        """Update the matrices of a group, those of one shape together."""
        moved = [p for p in group["params"] if p.grad is not None]
        lr = group["lr"] * group["ratio"]
        for shape, same in groupby(sorted(moved, key=_shape), _shape):
            parameters = list(same)
            directions = self._directions(parameters)
            scale = 0.2 * max(shape) ** 0.5
            for parameter, direction in zip(parameters, directions):
                matrix = _matrix(parameter)
                matrix.mul_(1 - lr * group["weight_decay"])
                matrix.add_(direction, alpha=-lr * scale)

    def _directions(self, parameters: Sequence[torch.nn.Parameter]) -> torch.Tensor:
        """Return the orthogonalised momenta of matrices of one shape, (B, M, N)."""
        momenta = []
        for parameter in parameters:
            grad = parameter.grad.reshape(_shape(parameter))  # type: ignore[union-attr]
            state = self.state[parameter]
            if _BUFFER not in state:
                state[_BUFFER] = torch.zeros_like(grad)
            state[_BUFFER].lerp_(grad, 1 - self._momentum)
            momenta.append(grad.lerp(state[_BUFFER], self._momentum))
        return orthogonalised(torch.stack(momenta), self._ns_steps)

    def state_dict(self) -> dict[str, Any]:
        """Return the state of both, in the form of one optimiser with two groups."""
        whole = super().state_dict()
        for group in whole["param_groups"]:
            if group["name"] == ADAMW_GROUP and self.adamw is not None:
                for place, state in self.adamw.state_dict()["state"].items():
                    whole["state"][group["params"][place]] = state
        return whole

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Load a state that ``state_dict`` returned.

        Args:
            state_dict: The state of an optimiser of the same parameters.
        """
        groups, states = state_dict["param_groups"], dict(state_dict["state"])
        for group in groups:
            if group["name"] == ADAMW_GROUP and self.adamw is not None:
                own = self.adamw.state_dict()
                own["state"] = {
                    place: states.pop(index)
                    for place, index in enumerate(group["params"])
                    if index in states
                }
                self.adamw.load_state_dict(own)
        super().load_state_dict({"state": states, "param_groups": groups})


def _shape(parameter: torch.nn.Parameter) -> tuple[int, int]:
    """Return the shape of a parameter as a matrix, (out, in x kernel)."""
    return len(parameter), parameter.numel() // len(parameter)


def _matrix(parameter: torch.nn.Parameter) -> torch.Tensor:
    """Return the memory of a parameter as a matrix, see ``_shape``."""
    return parameter.detach().view(_shape(parameter))
