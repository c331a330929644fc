"""Convert transcripts to the phoneme ids of a model, as in its training.

A speech model's config.yaml describes the conversion in ``phonemes_conf``: ``g2p`` and
``cleaner`` (``front_end``), ``tokens`` (``phoneme_vocabulary``). Without that key, as
in converted checkpoints, the published front end and table are used.
"""

import logging
from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any, Self

from espnet2.gen_audio.conditioner.front_end import (
    NO_CLEANER,
    PUBLISHED,
    FrontEnd,
    spell,
    split,
    summarise,
)
from espnet2.gen_audio.conditioner.phoneme_table import MAX_LENGTH
from espnet2.gen_audio.conditioner.phoneme_vocabulary import PhonemeVocabulary

PUBLISHED_CONF = {"g2p": PUBLISHED, "cleaner": NO_CLEANER, "tokens": PUBLISHED}


class PhonemeReader:
    """Read transcripts and phonemes for one model.

    Args:
        conf: Its ``phonemes_conf``; what is not in it is as published.
        max_length: Ids that fit its positions.
        official: Treat unknown and too many symbols as the authors' code does, see
            ``PhonemeVocabulary.encode``.

    Attributes:
        vocabulary: The phonemes that it knows.

    Raises:
        ValueError: If the config holds anything else, or no token list.
    """

    def __init__(
        self,
        conf: Mapping[str, Any] | None = None,
        max_length: int = MAX_LENGTH,
        official: bool = False,
    ):
        self.conf = completed(conf)
        self.official = official
        self.vocabulary = PhonemeVocabulary(self.conf["tokens"], max_length)
        # a text is converted, and its faults are told, once
        self._phonemes, self._ids = cache(self._phonemes_of), cache(self._ids_of)

    @classmethod
    def of_config(cls, config: Mapping[str, Any], official: bool = False) -> Self:
        """Return the reader of a model that reads phonemes.

        Args:
            config: Contents of the config.yaml of its language model.
            official: As in the constructor.

        Returns:
            The reader.
        """
        return cls(config.get("phonemes_conf"), max_length_of(config), official)

    @cached_property
    def front_end(self) -> FrontEnd:
        """What turns transcripts into phonemes; opened when the first one comes."""
        return FrontEnd(self.conf["g2p"], self.conf["cleaner"], as_trained=True)

    def spell(self, transcript: str) -> str:
        """Return the phonemes of a transcript, as a speech caption has them.

        Words that are left out or misread are named in a warning, once a transcript.

        Args:
            transcript: What is said, in ordinary spelling.

        Returns:
            The phonemes.

        Raises:
            ValueError: If nothing of it is spoken, or a number has no name.
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
        """Return tokens, as prepare_phonemes writes them, as a speech caption has them.

        Args:
            tokens: Tokens with a space between, ``<space>`` between words.

        Returns:
            The phonemes.
        """
        return spell(tokens.split(), self.conf["g2p"])

    def ids(self, phonemes: str) -> list[int]:
        """Return the ids of phonemes; a warning names symbols that are unknown.

        Args:
            phonemes: As ``spell`` returns them.

        Returns:
            Ids, the terminator last.
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
    """Return a ``phonemes_conf`` with what it does not say.

    Args:
        conf: As config.yaml has it, or None.

    Returns:
        Its three keys.

    Raises:
        ValueError: If there is another key.
    """
    unknown = sorted((conf or {}).keys() - PUBLISHED_CONF.keys())
    if unknown:
        raise ValueError(
            f"phonemes_conf has the key {unknown[0]!r}; {', '.join(PUBLISHED_CONF)} "
            "are accepted"
        )
    return {**PUBLISHED_CONF, **(conf or {})}


def max_length_of(config: Mapping[str, Any]) -> int:
    """Return how many ids the phoneme encoder of a config has positions for."""
    conf = config.get("text_encoder_conf") or {}
    return conf.get("max_positions", MAX_LENGTH)
