"""Convert transcripts to phoneme ids with the conversion of a model's training.

A speech model's config.yaml describes the conversion in ``phonemes_conf``: ``g2p`` and
``cleaner`` (``front_end``), ``tokens`` (``phoneme_vocabulary``). Without that key, as
in converted checkpoints, the published front end and table are used. ``optional`` says
that the model was also trained with clips that have no transcript: effects and music
beside speech. Such a clip has the empty text, which is the end token alone.
"""

import logging
from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any, Self

from espnet2.gen_audio.text.front_end import (
    NO_CLEANER,
    PUBLISHED,
    FrontEnd,
    spell,
    split,
    summarise,
)
from espnet2.gen_audio.text.phoneme_vocabulary import PhonemeVocabulary
from espnet2.gen_audio.text.published_phonemes import MAX_LENGTH

PUBLISHED_CONF = {"g2p": PUBLISHED, "cleaner": NO_CLEANER, "tokens": PUBLISHED}
OPTIONAL = "optional"


class PhonemeReader:
    """Read transcripts and phonemes for one model.

    Args:
        conf: Its ``phonemes_conf``; keys that are absent have the published values.
        max_length: Largest number of ids, from the model's positions.
        official: Treat unknown symbols and long texts as the authors' code does, see
            ``PhonemeVocabulary.encode``.

    Attributes:
        vocabulary: The phonemes that it knows.
        optional: Whether a clip may have no transcript.

    Raises:
        ValueError: If the config has other keys or no valid token list.
    """

    def __init__(
        self,
        conf: Mapping[str, Any] | None = None,
        max_length: int = MAX_LENGTH,
        official: bool = False,
    ):
        self.conf = completed(conf)
        self.official = official
        self.optional = bool(self.conf.get(OPTIONAL, False))
        self.vocabulary = PhonemeVocabulary(self.conf["tokens"], max_length)
        # a text is converted, and its faults are told, once
        self._phonemes, self._ids = cache(self._phonemes_of), cache(self._ids_of)

    @classmethod
    def of_config(cls, config: Mapping[str, Any], official: bool = False) -> Self:
        """Return the reader of a speech model.

        Args:
            config: Contents of the config.yaml of its language model.
            official: See the class.

        Returns:
            The reader.
        """
        return cls(config.get("phonemes_conf"), max_length_of(config), official)

    @cached_property
    def front_end(self) -> FrontEnd:
        """The front end, loaded at the first transcript."""
        return FrontEnd(self.conf["g2p"], self.conf["cleaner"], as_trained=True)

    def spell(self, transcript: str) -> str:
        """Return the phonemes of a transcript in the form of a speech caption.

        A warning, once for each transcript, lists words that are left out or misread.

        Args:
            transcript: What is said, in ordinary spelling.

        Returns:
            The phonemes.

        Raises:
            ValueError: If the transcript has no phonemes, or a number has no name.
        """
        return self._phonemes(transcript)

    def _phonemes_of(self, transcript: str) -> str:
        """Return the phonemes of a transcript."""
        tokens = self.front_end(transcript)
        if not tokens:
            raise ValueError(
                f"transcript {transcript!r} holds nothing that --g2p "
                f"{self.conf['g2p']} can speak; give words in "
                f"{self.front_end.alphabet}"
            )
        unread = self.front_end.unread(transcript)
        if unread:
            logging.warning(
                "transcript %r: --g2p %s leaves out or misreads %s; write them out",
                transcript,
                self.conf["g2p"],
                summarise(unread),
            )
        return spell(tokens, self.conf["g2p"])

    def spell_tokens(self, tokens: str) -> str:
        """Convert the tokens of prepare_phonemes to the form of a speech caption.

        Args:
            tokens: Tokens separated by spaces, with ``<space>`` between words.

        Returns:
            The phonemes.
        """
        return spell(tokens.split(), self.conf["g2p"])

    def ids(self, phonemes: str) -> list[int]:
        """Return the ids of phonemes; a warning names symbols that are unknown.

        Args:
            phonemes: Phonemes in the form of ``spell``.

        Returns:
            Ids, the end token last.
        """
        return list(self._ids(phonemes))

    def _ids_of(self, phonemes: str) -> tuple[int, ...]:
        """Return the ids of phonemes."""
        tokens = split(phonemes, self.conf["g2p"])
        ids, unknown = self.vocabulary.encode(tokens, self.official)
        if unknown:
            done = "left out"
            if self.official:
                done = "read as pads, which takes as many symbols off its end"
            logging.warning(
                "symbols of %r that %s lacks are %s: %s",
                phonemes.strip(),
                self.vocabulary,
                done,
                summarise(unknown.elements()),
            )
        return tuple(ids)


def completed(conf: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a ``phonemes_conf`` with published values for absent keys.

    Args:
        conf: The ``phonemes_conf`` of config.yaml, or None.

    Returns:
        A mapping with all keys but ``optional``, which it has if it was stated.

    Raises:
        ValueError: If there is another key, or ``optional`` is neither true nor false.
    """
    known = [*PUBLISHED_CONF, OPTIONAL]
    unknown = sorted((conf or {}).keys() - set(known))
    if unknown:
        raise ValueError(
            f"phonemes_conf has the key {unknown[0]!r}; {', '.join(known)} are accepted"
        )
    optional = (conf or {}).get(OPTIONAL, False)
    if not isinstance(optional, bool):
        raise ValueError(
            f"phonemes_conf has optional: {optional!r}; use true (clips may have no "
            "transcript) or false"
        )
    return {**PUBLISHED_CONF, **(conf or {})}


def max_length_of(config: Mapping[str, Any]) -> int:
    """Return the number of positions of the phoneme encoder of a config."""
    conf = config.get("text_encoder_conf") or {}
    return conf.get("max_positions", MAX_LENGTH)
