"""The models of a system, here or loaded on demand, and what is known of them."""

from collections.abc import Callable, Mapping
from typing import Any

import torch

from espnet2.gen_audio.diffusion.espnet_model import ESPnetLatentDiffusionModel
from espnet2.gen_audio.loa_lm.espnet_model import ESPnetLOALMModel
from espnet2.gen_audio.pipeline.facts import Facts
from espnet2.gen_audio.pipeline.on_demand import OnDemand, present
from espnet2.gen_audio.pipeline.preset import Behaviour
from espnet2.gen_audio.vae.autoencoder import MelVAE


class Parts:
    """The models of a system.

    Args:
        parts: ``loa_lm``, ``ldm``, ``vae``, ``vocoder`` and ``audiomae``: a module
            each, a part on demand, or None.
        behaviour: Whose behaviour.
        facts: Sizes; read from the models if None.
    """

    def __init__(
        self, parts: Mapping[str, Any], behaviour: Behaviour, facts: Facts | None
    ):
        self._parts = dict(parts)
        self.behaviour = behaviour
        self.facts = facts or Facts.of(self.loa_lm, self.ldm)

    @property
    def loa_lm(self) -> ESPnetLOALMModel | None:
        """The language model."""
        model = present(self._parts["loa_lm"])
        if model is not None:
            model.lm.sequence.padding = self.behaviour.padding
        return model

    @property
    def ldm(self) -> ESPnetLatentDiffusionModel:
        """The diffusion model."""
        return present(self._parts["ldm"])

    @property
    def vae(self) -> MelVAE:
        """The autoencoder of mels."""
        return present(self._parts["vae"])

    @property
    def vocoder(self) -> Callable[[torch.Tensor], torch.Tensor]:
        """The vocoder."""
        return present(self._parts["vocoder"])

    @property
    def audiomae(self) -> torch.nn.Module | None:
        """What makes LOA of given sounds."""
        return present(self._parts["audiomae"])

    @property
    def loads_on_demand(self) -> bool:
        """Whether parts are loaded one after another."""
        return any(isinstance(part, OnDemand) for part in self._parts.values())

    @property
    def sample_rate(self) -> int:
        """Rate of the sound, in Hz."""
        return self.facts.geometry.sample_rate

    @property
    def device(self) -> torch.device:
        """Where the diffusion model lies."""
        return next(self.ldm.parameters()).device

    @property
    def dtype(self) -> torch.dtype:
        """Precision of the diffusion model."""
        return next(self.ldm.unet.parameters()).dtype


def to_model(values: torch.Tensor, model: torch.nn.Module) -> torch.Tensor:
    """Bring numbers to the device and precision of a model."""
    *_, weight = model.parameters()  # the first may be a table that nobody reads
    dtype = weight.dtype if values.is_floating_point() else values.dtype
    return values.to(weight.device, dtype)


def batch_to_model(
    batch: Mapping[str, torch.Tensor], model: torch.nn.Module
) -> dict[str, torch.Tensor]:
    """Bring a batch to the device and precision of a model."""
    return {name: to_model(value, model) for name, value in batch.items()}
