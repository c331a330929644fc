"""A whole system of parts in memory, whatever format it came from."""

from dataclasses import dataclass, field
from typing import Any

import torch

NETS = ("audiomae", "vae", "vocoder", "loa_lm", "ldm")  # of a published system
OWN_NETS = ("ldm_student",)  # which only a training of ours can add
ENCODERS = ("sentence_encoder", "tokens_encoder")


@dataclass
class Part:
    """A network of a system.

    Attributes:
        name: One of NETS or OWN_NETS.
        config: Contents of config.yaml, arguments of ``build_<part>``;
            ``absent_weights`` lists prefixes of weights that the part lacks.
        state: Weights by the names of the built model.
        provenance: ``source``, ``licence``, ``notes`` (what was left out or decided),
            ``weights`` (raw or ema, of the diffusion model).
        leftover: Tensors that the network does not use; an export writes them again.
    """

    name: str
    config: dict[str, Any]
    state: dict[str, torch.Tensor]
    provenance: dict[str, Any] = field(default_factory=dict)
    leftover: dict[str, torch.Tensor] = field(default_factory=dict)


@dataclass
class Encoder:
    """A frozen encoder of captions in the form of transformers.

    Attributes:
        name: One of ENCODERS.
        config: Contents of config.json.
        state: Weights by transformers' names.
        files: Tokenizer files and preprocessor_config.json, by file name.
        provenance: See ``Part``.
    """

    name: str
    config: dict[str, Any]
    state: dict[str, torch.Tensor]
    files: dict[str, bytes] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)


@dataclass
class System:
    """Parts that belong together; any of them may be absent.

    Attributes:
        variant: Name of a published model, or ``custom``.
        parts: Nets by name.
        encoders: Frozen encoders by name.
        notes: Notes on the whole system, for example on vectors that were checked.
        elsewhere: Replacement of an absent part: ``griffin_lim`` for the vocoder, or
            the name under which an encoder is looked up.
    """

    variant: str
    parts: dict[str, Part]
    encoders: dict[str, Encoder]
    notes: list[str] = field(default_factory=list)
    elsewhere: dict[str, str] = field(default_factory=dict)

    def members(self) -> dict[str, Part | Encoder]:
        """Return nets and encoders by name, in the order of the lists above."""
        both = {**self.parts, **self.encoders}
        order = (*NETS, *OWN_NETS, *ENCODERS)
        return {name: both[name] for name in order if name in both}
