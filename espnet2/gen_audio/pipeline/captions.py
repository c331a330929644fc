"""Captions to streams of conditions, in the form of an ESPnet batch.

Shapes: B captions, L positions (padded to the longest), D features of a stream.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import torch
from torch.nn.utils.rnn import pad_sequence

from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.encoder.build_frozen import build_frozen_encoder
from espnet2.gen_audio.pipeline.lazy import Lazy, MemorySlot
from espnet2.gen_audio.pipeline.speech import BAR, description_of
from espnet2.gen_audio.text.caption_units import TextUnits
from espnet2.gen_audio.text.phoneme_reader import PhonemeReader

MAX_LENGTH = 128  # tokens, of FLAN-T5's input in AudioLDM 2
FrozenEncoder = Callable[[Sequence[str]], Condition]


class CaptionEncoder:
    """Encode captions one at a time, so that an encoding does not depend on its batch.

    Args:
        streams: For each stream, a function from a caption to (L, D) states, or to (L,)
            ids for a model with its own text encoder.

    Attributes:
        reader: Converts transcripts to phonemes; None except for speech models.
    """

    reader: PhonemeReader | None = None

    def __init__(self, streams: Mapping[str, Callable[[str], torch.Tensor]]):
        self.streams = dict(streams)

    @classmethod
    def from_models(
        cls,
        sentence: str | None,
        tokens: str | None,
        device: str = "cpu",
        dtype: torch.dtype = torch.float32,
        slot: MemorySlot | None = None,
    ) -> "CaptionEncoder":
        """Load pre-trained encoders.

        Args:
            sentence: Folder or name of the encoder of the stream ``sentence``, or None.
            tokens: Folder or name of the encoder of the stream ``tokens``, or None.
            device: Device of the encoders.
            dtype: Precision of their weights.
            slot: Slot for lazy loading, one encoder at a time; if None, all are loaded
                now.

        Returns:
            The encoder of these streams.
        """
        streams = {}
        for stream, name in (("sentence", sentence), ("tokens", tokens)):
            if name is not None:
                load = partial(
                    build_frozen_encoder, name, stream, MAX_LENGTH, device, dtype
                )
                streams[stream] = _states_of(load, slot)
        return cls(streams)

    @classmethod
    def from_units(cls, units_model: Path) -> "CaptionEncoder":
        """Turn captions into subword ids, for models that have their own text encoder.

        Args:
            units_model: Output of stage ``prepare_text``.

        Returns:
            The encoder of the stream ``caption``.
        """
        return cls.of_units(TextUnits.from_file(units_model))

    @classmethod
    def of_units(cls, units: TextUnits) -> "CaptionEncoder":
        """Turn captions into ids of given units.

        Args:
            units: The units that the models were trained with.

        Returns:
            The encoder of the stream ``caption``.
        """
        return cls({"caption": lambda text: torch.tensor(units.encode(text))})

    @classmethod
    def for_speech(
        cls,
        sentence: str | None,
        device: str = "cpu",
        dtype: torch.dtype = torch.float32,
        slot: MemorySlot | None = None,
        reader: PhonemeReader | None = None,
        tokens: str | None = None,
    ) -> "CaptionEncoder":
        """Read a description and phonemes, for the speech models.

        A caption has the form ``description | phonemes``, with phonemes of the model.

        Args:
            sentence: Folder or name of the encoder of the description, or None.
            device: Device of the encoder.
            dtype: Precision of its weights.
            slot: Slot for lazy loading; if None, the encoder is loaded now.
            reader: Reader of the model's phonemes; of the published phonemes if None.
            tokens: Folder or name of the encoder of the description's token states, for
                a diffusion model that takes them, or None.

        Returns:
            The encoder of the stream ``phonemes`` and, if given, ``sentence`` and
            ``tokens``.
        """
        encoder = cls.from_models(sentence, tokens, device, dtype, slot)
        reader = reader or PhonemeReader()
        for stream, describe in encoder.streams.items():
            encoder.streams[stream] = _of_description(describe)
        encoder.streams["phonemes"] = partial(_phonemes_of, reader)
        encoder.reader = reader
        return encoder

    def __call__(self, captions: Sequence[str]) -> dict[str, torch.Tensor]:
        """Encode captions.

        Args:
            captions: B captions; an empty one is the unconditional caption.

        Returns:
            ``<stream>`` (B, L, D) or (B, L), and ``<stream>_lengths`` (B,).
        """
        batch = {}
        for name, encode in self.streams.items():
            rows = [encode(caption) for caption in captions]
            batch[name] = pad_sequence(rows, batch_first=True)
            batch[f"{name}_lengths"] = torch.tensor([len(row) for row in rows])
        return batch


def complete_nulls(
    ldm: torch.nn.Module, empty: Callable[[], Mapping[str, torch.Tensor]]
) -> None:
    """Set the null values that the model's config does not contain.

    Args:
        ldm: Diffusion model, changed in place. If captions are not encoded to a
            condition, its null value stays unknown, and its use is refused.
        empty: Function that returns the encoding of the empty caption.
    """
    missing = ldm.conditions.missing_nulls()
    encoded = empty() if missing else {}
    for name in encoded.keys() & set(missing):
        ldm.conditions.set_null(name, encoded[name][0].cpu())


def _of_description(
    encode: Callable[[str], torch.Tensor],
) -> Callable[[str], torch.Tensor]:
    """Return an encoder of the description of a caption, without its phonemes."""
    return lambda text: encode(description_of(text))


def _phonemes_of(reader: PhonemeReader, text: str) -> torch.Tensor:
    """Return the ids of the phonemes after the bar of a speech caption."""
    description, bar, phonemes = text.partition(BAR)
    if bar:
        return torch.tensor(reader.ids(phonemes))
    if description.strip() and not reader.optional:
        raise ValueError(
            f"caption {text!r} has no phonemes; give a speech model a transcript, or "
            "'description | phonemes', for example 'a man speaks | həlˈoʊ'"
        )
    return torch.tensor(reader.vocabulary.empty())


def _states_of(
    load: Callable[[], FrozenEncoder], slot: MemorySlot | None
) -> Callable[[str], torch.Tensor]:
    """Return a function from one caption to its unmasked states, (L, D)."""
    encoder = load() if slot is None else None
    lazy = None if slot is None else Lazy(load, slot)

    def encode(caption: str) -> torch.Tensor:
        """Encode one caption, without padding."""
        condition = (encoder or lazy.get())([caption])
        return condition.embedding[0][condition.mask[0]]

    return encode
