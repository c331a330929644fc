"""Captions of speech: who speaks and how, and what is said.

A speech model reads ``description | phonemes``. Where a transcript is given, its
phonemes are made as the model's training made them.
"""

from typing import Any

BAR = "|"


def spoken(
    system: Any,
    description: str,
    transcript: str | None,
    source_transcript: str | None = None,
) -> str:
    """Return the caption of a speech model.

    Args:
        system: The models, ``Text2Audio``.
        description: Who speaks and how; may be empty.
        transcript: What is said, in ordinary spelling; None for a caption that is
            complete.
        source_transcript: What the given sound says that the speech goes on from; the
            model hears both, as one text.

    Returns:
        ``description | phonemes``; the description as it is without a transcript.

    Raises:
        ValueError: If the model reads no phonemes, the description has some already, or
            nothing of the transcript is spoken.
    """
    if transcript is None:
        if source_transcript is not None:
            raise ValueError(
                f"source_transcript {source_transcript!r} was given without a "
                "transcript; say what is spoken after it"
            )
        return description
    reader = reader_of(system, f"transcript {transcript!r}")
    whole = transcript
    if source_transcript is not None:
        whole = f"{source_transcript.strip()} {transcript.strip()}"
    return with_phonemes(description, reader.spell(whole))


def reader_of(system: Any, what: str) -> Any:
    """Return what makes phonemes for a system.

    Args:
        system: The models.
        what: What was given, for the message.

    Returns:
        Its ``PhonemeReader``.

    Raises:
        ValueError: If it reads no phonemes.
    """
    reader = getattr(system.encode, "reader", None)
    if reader is None or not system.facts.speaks:
        raise ValueError(
            f"{what} was given, but this model reads none; use a speech model, or "
            "describe the sound in the caption"
        )
    return reader


def with_phonemes(description: str, phonemes: str) -> str:
    """Join a description and phonemes to a caption.

    Args:
        description: Who speaks and how.
        phonemes: As the model's ``PhonemeReader`` spells them.

    Returns:
        The caption.

    Raises:
        ValueError: If the description has a bar, behind which phonemes stand.
    """
    if BAR in description:
        raise ValueError(
            f"caption {description!r} has a {BAR!r}, behind which phonemes stand; give "
            "either these or a transcript"
        )
    return f"{description.strip()} {BAR} {phonemes}"


def description_of(caption: str) -> str:
    """Return a speech caption without its phonemes."""
    return caption.partition(BAR)[0].strip()
