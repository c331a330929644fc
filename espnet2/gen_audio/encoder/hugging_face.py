"""Frozen text encoders of Hugging Face: FLAN-T5, MiniLM or any other.

Shapes: B captions, L tokens (padded to the longest caption), D features.
Source: AudioLDM 2, arXiv:2308.05734, section III: FLAN-T5 states of at most 128 tokens.
A sentence vector is the mean of the valid states, normalised to a unit vector, as in
sentence-transformers for MiniLM (arXiv:1908.10084).
"""

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import torch
from torch.nn.functional import normalize

from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.encoder.abs_frozen_encoder import AbsFrozenEncoder
from espnet2.gen_audio.encoder.caption_tokenizer import CaptionTokenizer
from espnet2.gen_audio.encoder.resolve import (
    library_refusals,
    model_type,
    resolve_model,
)

# Encoder of T5 only: AutoModel would also build the decoder, half of the weights.
_ENCODER_ONLY = ("t5", "mt5", "umt5")
OUTPUTS = ("tokens", "sentence")

_LAYER = re.compile(r"\.\d+\.")  # number of a layer in the name of a weight


class HuggingFaceTextEncoder(AbsFrozenEncoder):
    """Encode captions with a frozen pre-trained model.

    Args:
        model: Folder, ``package:...`` or Hugging Face name, see ``resolve_model``.
        output: ``tokens`` for the states of all tokens, ``sentence`` for one vector.
        max_length: Longest caption in tokens; longer captions are cut, as published,
            with a warning that lists the words left out.
        device: Device of the encoder.
        dtype: Precision of its weights and of its output.

    Attributes:
        width: D of the conditions it returns.

    Raises:
        ValueError: If the output is unknown, or weights are missing.
    """

    streams = OUTPUTS

    def __init__(
        self,
        model: str,
        output: str = "tokens",
        max_length: int = 128,
        device: str = "cpu",
        dtype: torch.dtype = torch.float32,
    ):
        if output not in OUTPUTS:
            raise ValueError(f"output {output!r} is unknown; use one of {OUTPUTS}")
        folder = resolve_model(model)
        self.tokenizer = CaptionTokenizer(folder, max_length)
        self.output = output
        self.device = torch.device(device)
        model = load_frozen(_encoder_class(folder), folder, dtype)
        self.model = model.to(self.device)
        if self.model.config.is_encoder_decoder and hasattr(self.model, "get_encoder"):
            self.model = self.model.get_encoder()
        self.width = self.model.config.hidden_size

    @classmethod
    def of_stream(
        cls,
        name: str,
        stream: str,
        max_length: int,
        device: str,
        dtype: torch.dtype,
    ) -> Self:
        """Load the encoder; see ``AbsFrozenEncoder``."""
        return cls(name, stream, max_length, device, dtype)

    @property
    def cut(self) -> Mapping[str, str]:
        """For each caption that was too long, the words that were left out."""
        return self.tokenizer.cut

    @torch.no_grad()
    def __call__(self, captions: Sequence[str]) -> Condition:
        """Encode captions; the encoding of a caption does not depend on its batch.

        Args:
            captions: B captions; the empty string is allowed.

        Returns:
            States (B, L, D), or sentence vectors, which are unit vectors, (B, 1, D).
        """
        ids, mask = self.tokenizer(captions)
        ids, mask = ids.to(self.device), mask.to(self.device)
        states = self.model(input_ids=ids, attention_mask=mask.long())[0]
        states = states.masked_fill(~mask[:, :, None], 0.0)
        if self.output == "tokens":
            return Condition(states, mask)
        mean = states.sum(dim=1) / mask.sum(dim=1, keepdim=True)
        return Condition.from_lengths(normalize(mean, dim=-1)[:, None])


def load_frozen(
    model_class: Any, folder: Path, dtype: torch.dtype = torch.float32
) -> torch.nn.Module:
    """Load a pre-trained model for use without training.

    Args:
        model_class: A transformers class with ``from_pretrained``.
        folder: Its folder; only safetensors are read, nothing is unpickled.
        dtype: Precision of its weights.

    Returns:
        The model in eval mode, without gradients.

    Raises:
        ValueError: If the folder has no safetensors weights, or some weights of the
            class are missing, or the config states fewer layers than there are.
    """
    try:
        with (
            library_refusals(folder),
            _quiet(),
        ):  # missing weights are reported below, extra ones are expected
            model, report = model_class.from_pretrained(
                folder,
                use_safetensors=True,
                local_files_only=True,
                output_loading_info=True,
            )
    except OSError as error:
        raise ValueError(
            f"{folder} holds no safetensors weights for {model_class.__name__}; "
            "convert them once with save_pretrained"
        ) from error
    # transformers initialises missing weights at random; the pooler is not used here,
    # and many published encoders lack it
    missing = sorted(k for k in report["missing_keys"] if not k.startswith("pooler."))
    if missing:
        raise ValueError(
            f"{folder} lacks {len(missing)} weights of {type(model).__name__}, first "
            f"{missing[0]}; give the folder of a whole model"
        )
    _refuse_further_layers(model, report["unexpected_keys"], folder)
    return in_memory_of(model, dtype).eval().requires_grad_(False)


def _refuse_further_layers(
    model: torch.nn.Module, extra: Iterable[str], folder: Path
) -> None:
    """Refuse weights of more layers than the config states; heads are not used here."""
    own = {name for name, _ in model.named_children()}
    further = sorted(n for n in extra if n.split(".")[0] in own and _LAYER.search(n))
    if further:
        raise ValueError(
            f"{folder} has {len(further)} weights of layers that its config.json does "
            f"not state, first {further[0]}; give the folder of a whole model"
        )


def in_memory_of(model: torch.nn.Module, dtype: torch.dtype) -> torch.nn.Module:
    """Convert a model to a precision; release its mapped file if weights are copied.

    Args:
        model: Model whose weights may be mapped into memory.
        dtype: Precision.

    Returns:
        The model, changed in place.
    """
    model.to(dtype)
    if dtype != torch.float32:
        for module in model.modules():
            for name, values in list(module.named_buffers(recurse=False)):
                setattr(
                    module, name, values.clone()
                )  # a mapped buffer would keep the file open
    return model


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence transformers' reports on weights and its progress bars."""
    from transformers.utils import logging as voice

    before = voice.get_verbosity()
    voice.set_verbosity_error()
    voice.disable_progress_bar()
    try:
        yield
    finally:
        voice.set_verbosity(before)
        voice.enable_progress_bar()


def _encoder_class(folder: Path) -> Any:
    from transformers import AutoModel, AutoModelForTextEncoding

    return (
        AutoModelForTextEncoding if model_type(folder) in _ENCODER_ONLY else AutoModel
    )
