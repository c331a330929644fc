"""ESPnet's preprocessor from phonemes to ids."""

import logging
from collections import Counter

import numpy as np

from espnet2.gen_audio.text.phoneme_vocabulary import PhonemeVocabulary


class PhonemePreprocessor:
    """Replace the tokens under ``phonemes`` by their ids; keep all other keys.

    It is a plain callable for the reason that ``CaptionPreprocessor`` states.

    Args:
        train: ESPnet's flag, unused: training and validation process phonemes alike.
        vocabulary: The phonemes that the model was built with.
        optional: Whether a clip may have no phonemes: the empty text then.

    Attributes:
        unknown: Number of occurrences of each token that the vocabulary lacks. These
            tokens are left out, with one warning each.
    """

    name = "phonemes"

    def __init__(
        self, train: bool, vocabulary: PhonemeVocabulary, optional: bool = False
    ):
        self.train = train
        self.vocabulary = vocabulary
        self.optional = optional
        self.unknown: Counter = Counter()

    def __call__(
        self, uid: str, data: dict[str, str | np.ndarray]
    ) -> dict[str, str | np.ndarray]:
        """Convert one example.

        ESPnet may call this method twice, or with some of the keys only. Phonemes that
        are absent or converted already are not changed.

        Args:
            uid: Utterance id, for messages.
            data: Values of the example; ``phonemes`` are tokens separated by spaces.

        Returns:
            The example with ``phonemes`` as int64 ids, (N,), the end token last.

        Raises:
            ValueError: If no token is known, or there are too many.
        """
        phonemes = data.get(self.name)
        if not isinstance(phonemes, str):
            return data
        if self.optional and not phonemes.strip():
            return {**data, self.name: np.array(self.vocabulary.empty(), np.int64)}
        try:
            ids, unknown = self.vocabulary.encode(phonemes.split())
        except ValueError as error:
            raise ValueError(f"{uid}: {error}") from error
        for token in unknown.keys() - self.unknown.keys():
            logging.warning(
                "%s: phoneme %r is not in %s and is left out, here and wherever it "
                "comes",
                uid,
                token,
                self.vocabulary,
            )
        self.unknown += unknown
        return {**data, self.name: np.array(ids, np.int64)}
