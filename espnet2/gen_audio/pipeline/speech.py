"""Captions of speech: a description of the speaker, and phonemes.

A speech model reads ``description | phonemes``. A transcript is converted to phonemes
with the conversion of the model's training.
"""

from espnet2.gen_audio.text.phoneme_reader import PhonemeReader

BAR = "|"


def with_transcript(
    reader: PhonemeReader,
    description: str,
    transcript: str,
    source_transcript: str | None = None,
) -> str:
    """Join a description and the phonemes of a transcript to a caption.

    Args:
        reader: Converter to phonemes of the model.
        description: Description of the speaker; may be empty.
        transcript: Transcript in ordinary spelling.
        source_transcript: Transcript of the given sound that the speech continues; the
            model reads both transcripts as one text.

    Returns:
        ``description | phonemes``.

    Raises:
        ValueError: If the description has phonemes already, or the transcript has no
            phonemes.
    """
    whole = transcript
    if source_transcript is not None:
        whole = f"{source_transcript.strip()} {transcript.strip()}"
    return with_phonemes(description, reader.spell(whole))


def with_phonemes(description: str, phonemes: str) -> str:
    """Join a description and phonemes to a caption.

    Args:
        description: Description of the speaker.
        phonemes: Phonemes in the form of ``PhonemeReader.spell``.

    Returns:
        The caption.

    Raises:
        ValueError: If the description has a bar.
    """
    if BAR in description:
        raise ValueError(
            f"caption {description!r} has a {BAR!r}, which begins phonemes; give "
            "either these or a transcript"
        )
    return f"{description.strip()} {BAR} {phonemes}"


def description_of(caption: str) -> str:
    """Return a speech caption without its phonemes."""
    return caption.partition(BAR)[0].strip()


def has_phonemes(caption: str) -> bool:
    """Return whether a caption has phonemes behind its description."""
    return bool(caption.partition(BAR)[2].strip())
