"""Sentencepiece units: captions as ids, for languages without a pre-trained encoder.

Captions are normalised (Unicode NFKC, lower case, single spaces) before units are
trained and before captions are encoded, so capitals never make a word unknown. Every
caption ends with the end unit, so the empty caption has one id.
"""

import base64
import io
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from espnet2.gen_audio.files.regular_file import WHOLE, regular

UNKNOWN_ID, END_ID = 0, 1
UNITS_FILE = "units.model"  # name in the folder that train_text_units writes


class TextUnits:
    """Cut captions into sentencepiece units.

    Args:
        model: Content of a sentencepiece model, see ``train_units``.

    Raises:
        ValueError: If the bytes are no sentencepiece model, or the id of its end unit
            is not ``END_ID``.
    """

    def __init__(self, model: bytes):
        from sentencepiece import SentencePieceProcessor

        self.model = model
        try:
            self._processor = SentencePieceProcessor(model_proto=model)
        except RuntimeError as error:
            raise ValueError(
                f"these {len(model)} bytes are no sentencepiece model; make one with "
                "python -m espnet2.gen_audio.bin.train_text_units"
            ) from error
        if self._processor.eos_id() != END_ID:
            raise ValueError(
                f"the end unit of this sentencepiece model has id "
                f"{self._processor.eos_id()}, but {END_ID} is needed; make the model "
                "with python -m espnet2.gen_audio.bin.train_text_units"
            )

    @classmethod
    def from_file(cls, path: str | Path) -> "TextUnits":
        """Read a sentencepiece model, or the folder that train_text_units wrote."""
        path = Path(path)
        file = path / UNITS_FILE if path.is_dir() else path
        return cls(regular(file, WHOLE).read_bytes())

    @classmethod
    def from_text(cls, text: str) -> "TextUnits":
        """Read the text form of ``to_text``, for example from a config.yaml."""
        return cls(base64.b64decode(text, validate=True))

    def to_text(self) -> str:
        """Return the model as text, for a config.yaml."""
        return base64.b64encode(self.model).decode("ascii")

    def __len__(self) -> int:
        """Return the number of units."""
        return self._processor.get_piece_size()

    def pieces(self) -> list[str]:
        """Return the units in the order of their ids."""
        return [self._processor.id_to_piece(unit) for unit in range(len(self))]

    def encode(self, caption: str) -> list[int]:
        """Cut one caption.

        Args:
            caption: Any text, also the empty string.

        Returns:
            Unit ids, the end unit last.
        """
        return [*self._processor.encode(normalise(caption)), END_ID]


def normalise(caption: str) -> str:
    """Return the caption in NFKC form, lower case, with single spaces."""
    return " ".join(unicodedata.normalize("NFKC", caption).lower().split())


def train_units(captions: Iterable[str], vocabulary: int) -> bytes:
    """Train a unigram sentencepiece model; equal captions give equal bytes.

    Args:
        captions: Training captions.
        vocabulary: Largest number of units; a small corpus may give fewer.

    Returns:
        Content of the model file.

    Raises:
        ValueError: If no caption has text, or the vocabulary is too small for the
            characters of the captions.
    """
    from sentencepiece import SentencePieceTrainer

    lines: Sequence[str] = [line for line in map(normalise, captions) if line]
    if not lines:
        raise ValueError("no caption has any text; give the text file of a train set")
    model = io.BytesIO()
    try:
        SentencePieceTrainer.train(
            sentence_iterator=iter(lines),
            model_writer=model,
            vocab_size=vocabulary,
            hard_vocab_limit=False,
            model_type="unigram",
            character_coverage=1.0,
            # captions are normalised already; sentencepiece's rules add 200 kB to each
            # config
            normalization_rule_name="identity",
            unk_id=UNKNOWN_ID,
            eos_id=END_ID,
            bos_id=-1,
            pad_id=-1,
            num_threads=1,  # the result depends on the number of threads
            shuffle_input_sentence=False,
            minloglevel=2,
        )
    except RuntimeError as error:
        raise ValueError(
            f"a vocabulary of at most {vocabulary} units could not be trained on "
            f"{len(lines)} captions ({str(error).splitlines()[-1].strip()}); allow "
            "more units than there are different characters"
        ) from error
    return model.getvalue()
