"""Interface of the diffusion model's network.

Shapes: B clips, C latent channels, T latent frames, F latent bins, L positions.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import torch

from espnet2.gen_audio.condition.condition import Conditions
from espnet2.gen_audio.condition.spec import ConditionSpec, Role, widths_of
from espnet2.gen_audio.feats.clip import ClipGeometry


class AbsBackbone(torch.nn.Module, ABC):
    """Predict the process's target from a noisy latent, its time and conditions.

    The constructor of a subclass takes ``specs`` and ``geometry``, then keyword
    arguments, which are the keys of ``--backbone_conf``.

    Args:
        specs: The conditions of the network.
        geometry: Geometry of the clips.

    Attributes:
        roles: The roles of conditions that this network supports.
        specs: The conditions in their order.

    Raises:
        ValueError: If a condition has a role that the network does not support.
    """

    roles: ClassVar[frozenset[Role]] = frozenset()

    def __init__(self, specs: Sequence[ConditionSpec], geometry: ClipGeometry):
        super().__init__()
        for spec in specs:
            lacking = set(spec.roles) - self.roles
            if lacking:
                raise ValueError(
                    f"condition {spec.name} has the role "
                    f"{', '.join(sorted(lacking))}, for which {type(self).__name__} "
                    f"has no input; it has {', '.join(sorted(self.roles)) or 'none'}"
                )
        self.specs = tuple(specs)
        self.geometry = geometry

    @property
    def widths(self) -> dict[str, int]:
        """Width of every condition, by name."""
        return widths_of(self.specs)

    @property
    def multiple(self) -> int:
        """Latent frames should be a multiple of this number; 1 by default."""
        return 1

    @property
    def middle(self) -> tuple[torch.nn.Module, int] | None:
        """Module whose output can be aligned in training, and its channels C'.

        The module returns (B, C', T'', F''), in a U-Net at the lowest resolution. The
        default None means that the network has no such module.
        """
        return None

    @abstractmethod
    def forward(
        self, noisy: torch.Tensor, time: torch.Tensor, conditions: Conditions
    ) -> torch.Tensor:
        """Return the prediction of one batch.

        Args:
            noisy: Noisy latent, (B, C, T, F).
            time: Time of each clip on the axis of the process, (B,).
            conditions: One Condition per spec, by name, (B, L, width) each.

        Returns:
            The prediction, (B, C, T, F).
        """

    def refuse_conditions(self, conditions: Conditions) -> None:
        """Refuse conditions that the network was not built for.

        Args:
            conditions: Conditions by name.

        Raises:
            ValueError: If a condition is missing, unexpected, or of another width.
        """
        widths = self.widths
        if conditions.keys() != widths.keys():
            raise ValueError(
                f"conditions {sorted(conditions)} were given, but the network was "
                f"built for {sorted(widths)}; give the null condition to leave one out"
            )
        for name, width in widths.items():
            given = conditions[name].embedding.shape[2]
            if given != width:
                raise ValueError(
                    f"condition {name} of width {given} was given, but the network was "
                    f"built for {width}; state the encoder's width in the config"
                )
