"""A folder of AudioLDM2Pipeline: its components' tensors and config files."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch

from espnet2.gen_audio.checkpoint.diffusers.config_file import ConfigFile
from espnet2.gen_audio.checkpoint.diffusers.read_language_config import ALIASES
from espnet2.gen_audio.checkpoint.diffusers.weights import read_weights

State = dict[str, torch.Tensor]
NETS = ("unet", "vae", "vocoder", "language_model", "projection_model")
# keys that do not change a network: length of a clip, precision, name of a class
NO_NETWORK = ("sample_size", "force_upcast", "architectures", "model_type")
NO_NETWORK += ("tie_word_embeddings", "bos_token_id", "eos_token_id")


@dataclass(frozen=True)
class PipelineFolder:
    """A folder of AudioLDM2Pipeline, or one with some of its components.

    Attributes:
        path: Path of the folder.
    """

    path: Path

    @property
    def source(self) -> str:
        """Its name, for messages."""
        return self.path.resolve().name

    @cached_property
    def states(self) -> dict[str, State]:
        """Tensors of each network that the folder has."""
        there = [name for name in NETS if (self.path / name).is_dir()]
        return {name: read_weights(self.path / name) for name in there}

    @property
    def speech(self) -> bool:
        """Whether the second encoder reads phonemes."""
        return self.config("text_encoder_2").stated.get("model_type") == "vits"

    @property
    def attends_to_loa(self) -> bool:
        """Whether the U-Net attends to LOA; not that of a pipeline without GPT-2."""
        whole = (self.path / "model_index.json").is_file()
        return not whole or "language_model" in self.states

    def config(self, name: str) -> ConfigFile:
        """Return the config file of a component."""
        if name == "scheduler":
            return ConfigFile.read(self.path / name, "scheduler_config.json")
        aliases = ALIASES if name == "language_model" else None
        return ConfigFile.read(self.path / name, aliases=aliases)
