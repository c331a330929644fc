"""Load the frozen encoder of a condition stream by its name.

The stream ``sentence`` is a CLAP text vector or a sentence vector of any text
encoder; the stream ``tokens`` is the states of any text encoder but CLAP.
"""

from collections.abc import Callable, Sequence

import torch

from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.encoder.abs_frozen_encoder import AbsFrozenEncoder
from espnet2.gen_audio.encoder.choices import frozen_encoder_class

CaptionEncoder = Callable[[Sequence[str]], Condition]


def build_frozen_encoder(
    name: str,
    stream: str,
    max_length: int = 128,
    device: str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> AbsFrozenEncoder:
    """Load the encoder of one stream.

    Args:
        name: Folder, ``package:...`` or Hugging Face name, or a name in the table of
            ``choices``.
        stream: Name of the stream, such as ``sentence`` or ``tokens``.
        max_length: Longest caption in tokens.
        device: Device of the encoder.
        dtype: Precision of its weights.

    Returns:
        The encoder: a function from captions to a Condition, if it encodes captions.

    Raises:
        ValueError: If the encoder cannot make the stream; for example, CLAP makes no
            ``tokens``.
    """
    encoder = frozen_encoder_class(name)
    if encoder.streams and stream not in encoder.streams:
        raise ValueError(
            f"{name} is read by {encoder.__name__}, which makes the stream "
            f"{' or '.join(encoder.streams)} and not {stream}; a text encoder such as "
            "FLAN-T5 makes tokens"
        )
    return encoder.of_stream(name, stream, max_length, device, dtype)
