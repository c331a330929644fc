"""Load the recognisers of an evaluation."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from espnet2.gen_audio.metrics.speech_evaluation.espnet_recogniser import (
    EspnetRecogniser,
)
from espnet2.gen_audio.metrics.speech_evaluation.recogniser import (
    CLOSED,
    ESPNET,
    OPEN,
    Recogniser,
)


def load_recognisers(
    open_whisper: Callable[[], Recogniser],
    asr_model: Path | None,
    words: Sequence[str] = (),
) -> tuple[dict[str, Recogniser], dict[str, str]]:
    """Load Whisper and, if one is given, a recogniser that ESPnet trained.

    Args:
        open_whisper: Loads Whisper.
        asr_model: Folder of an ESPnet ASR model, or None.
        words: The closed vocabulary; empty for an open one.

    Returns:
        The recognisers by name, and reasons why metrics are left out.
    """
    recognisers: dict[str, Recogniser] = {}
    left_out = {}
    try:
        whisper = open_whisper()
        recognisers.update({CLOSED: whisper} if words else {})
        recognisers[OPEN] = whisper
    except RuntimeError as error:
        logging.warning("words are left out: %s", error)
        left_out["words_right"] = left_out["wer"] = left_out["cer"] = str(error)
    if asr_model:
        recognisers[ESPNET] = EspnetRecogniser(asr_model)
    return recognisers, left_out
