"""Choose the frozen encoder of a condition stream by its name.

The stream ``sentence`` is a CLAP text vector or a sentence vector of any text
encoder; the stream ``tokens`` is the states of any text encoder but CLAP.
"""

from collections.abc import Callable, Sequence

import torch

from espnet2.gen_audio.conditioner.clap import ClapEncoder
from espnet2.gen_audio.conditioner.condition import Condition
from espnet2.gen_audio.conditioner.hugging_face import HuggingFaceTextEncoder
from espnet2.gen_audio.conditioner.resolve import model_type, resolve_model

CaptionEncoder = Callable[[Sequence[str]], Condition]


def build_frozen_encoder(
    name: str,
    stream: str,
    max_length: int = 128,
    device: str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> CaptionEncoder:
    """Load the encoder of one stream.

    Args:
        name: Folder, ``package:...`` or Hugging Face name.
        stream: ``sentence`` or ``tokens``.
        max_length: Longest caption in tokens.
        device: Where the encoder runs.
        dtype: Precision of its weights.

    Returns:
        A function from captions to a Condition.

    Raises:
        ValueError: If the stream is unknown, or a CLAP model is named for tokens.
    """
    if model_type(resolve_model(name)) != "clap":
        return HuggingFaceTextEncoder(name, stream, max_length, device, dtype)
    if stream != "sentence":
        raise ValueError(
            f"{name} is a CLAP model, which gives one vector per caption; use it for "
            "the stream sentence, and a text encoder such as FLAN-T5 for tokens"
        )
    return ClapEncoder(name, max_length, device, dtype)
