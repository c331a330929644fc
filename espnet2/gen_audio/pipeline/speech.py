"""Captions of speech: a description of the speaker, and phonemes.

A speech model reads ``description | phonemes``. Where a transcript is given, its
phonemes are made as the model's training made them.
"""

from espnet2.gen_audio.conditioner.phoneme_reader import PhonemeReader

BAR = "|"


def with_transcript(
    reader: PhonemeReader,
    description: str,
    transcript: str,
    source_transcript: str | None = None,
) -> str:
    """Join a description and the phonemes of a transcript to a caption.

    Args:
        reader: Makes phonemes as the model's training did.
        description: Who speaks and how; may be empty.
        transcript: In ordinary spelling.
        source_transcript: Transcript of the given sound that the speech continues; the
            model reads both, as one text.

    Returns:
        ``description | phonemes``.

    Raises:
        ValueError: If the description has phonemes already, or the transcript gives
            none.
    """
    whole = transcript
    if source_transcript is not None:
        whole = f"{source_transcript.strip()} {transcript.strip()}"
    return with_phonemes(description, reader.spell(whole))


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
