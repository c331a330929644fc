"""Read the conditions of a model from a collated batch of ESPnet.

Shapes: B clips, L positions, D features.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.encoder.abs_text_encoder import AbsTextEncoder


def read_condition(
    name: str, batch: Mapping[str, Any], encoder: AbsTextEncoder | None = None
) -> Condition:
    """Return one condition of a batch.

    Args:
        name: Name of the condition.
        batch: Batch with ``<name>`` (B, L, D) and ``<name>_lengths`` (B,), all valid if
            absent; or, if ``encoder`` makes the condition, with the ids that it reads
            and their lengths.
        encoder: Text encoder of the model, if it has one.

    Returns:
        The condition, (B, L, D).

    Raises:
        ValueError: If the batch has no such data.
    """
    encodes = encoder is not None and encoder.condition == name
    stream = encoder.stream if encodes else name
    if batch.get(stream) is None:
        raise ValueError(
            f"this model needs data named '{stream}' and got {sorted(batch)}; give "
            f"it, or remove the condition {name} from the config"
        )
    values, lengths = batch[stream], batch.get(f"{stream}_lengths")
    if encodes:
        return encoder(values, lengths)
    return Condition.from_lengths(values, lengths)


def refuse_padding(
    what: str,
    padded: torch.Tensor,
    lengths: torch.Tensor | None,
    utt_id: Sequence[str] | None,
) -> None:
    """Refuse clips of different lengths: a model would be trained on the padding.

    Args:
        what: Name of the data, for the message.
        padded: The data, (B, L, D).
        lengths: Valid rows of each clip, (B,); all if None.
        utt_id: Ids of the clips, for the message.

    Raises:
        ValueError: If a clip is shorter than another.
    """
    if lengths is None:
        return
    short = (lengths < padded.shape[1]).nonzero().flatten().tolist()
    if short:
        names = [utt_id[n] for n in short] if utt_id else f"clips {short} of the batch"
        raise ValueError(
            f"{what} of {names} is shorter than the longest of its batch, "
            f"{padded.shape[1]} rows; dump all clips with one geometry"
        )
