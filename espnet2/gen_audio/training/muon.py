"""One optimiser that updates hidden matrices by Muon and all others by AdamW.

Source: Muon, K. Jordan et al., https://kellerjordan.github.io/posts/muon/: the momentum
of each hidden matrix is orthogonalised by five Newton-Schulz steps. The kernel of a
convolution is used as a matrix (out, in x kernel). The update is scaled as in
arXiv:2502.16982, eq. 4, so that learning rates and weight decays of AdamW can be used.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch

ADAMW_GROUP = "adamw"
MUON_GROUP = "muon"


class MuonWithAdamW(torch.optim.Optimizer):
    """Update matrices by ``torch.optim.Muon``, all others by ``torch.optim.AdamW``.

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
        ValueError: If this torch has no Muon, or ``muon_lr_ratio`` is not above 0.
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
        if not hasattr(torch.optim, "Muon"):
            raise ValueError(
                f"optim muon needs torch 2.9 or later, and this is {torch.__version__};"
                " install that, or use optim: adamw"
            )
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
        common = {"lr": lr, "weight_decay": weight_decay}
        # parameters that the two inner optimisers have instead of a group's parameters
        self._held: list[list[torch.nn.Parameter]] = []
        self._parts: list[torch.optim.Optimizer] = []
        for group in self.param_groups:
            if group["name"] == ADAMW_GROUP:
                held = group["params"]
                part = torch.optim.AdamW(
                    held, betas=tuple(betas), eps=eps, fused=fused, **common
                )
            else:
                held = [torch.nn.Parameter(_matrix(p)) for p in group["params"]]
                part = torch.optim.Muon(
                    held,
                    momentum=momentum,
                    ns_steps=ns_steps,
                    adjust_lr_fn="match_rms_adamw",
                    **common,
                )
            self._held.append(held)
            self._parts.append(part)

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
        for group, part, held in zip(self.param_groups, self._parts, self._held):
            part.param_groups[0]["lr"] = group["lr"] * group["ratio"]
            part.param_groups[0]["weight_decay"] = group["weight_decay"]
            if group["name"] == ADAMW_GROUP:
                part.step()
                continue
            for parameter, matrix in zip(group["params"], held):
                # a view of the parameter, which may have been moved to another device
                matrix.data = _matrix(parameter)
                grad = parameter.grad
                matrix.grad = None if grad is None else grad.reshape(matrix.shape)
            part.step()
            part.zero_grad()
        return loss

    def state_dict(self) -> dict[str, Any]:
        """Return the state of both, in the form of one optimiser with two groups."""
        whole = super().state_dict()
        for group, part in zip(whole["param_groups"], self._parts):
            for place, state in part.state_dict()["state"].items():
                whole["state"][group["params"][place]] = state
        return whole

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Load a state that ``state_dict`` returned.

        Args:
            state_dict: The state of an optimiser of the same parameters.
        """
        groups, states = state_dict["param_groups"], state_dict["state"]
        super().load_state_dict({"state": {}, "param_groups": groups})
        for group, part in zip(groups, self._parts):
            own = part.state_dict()
            own["state"] = {
                place: states[index]
                for place, index in enumerate(group["params"])
                if index in states
            }
            part.load_state_dict(own)


def _matrix(parameter: torch.nn.Parameter) -> torch.Tensor:
    """Return a parameter's memory as a matrix, (out, in x kernel)."""
    return parameter.detach().view(len(parameter), -1)
