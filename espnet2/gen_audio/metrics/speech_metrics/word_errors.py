"""Word and character errors of recognised texts, and the fraction of correct words.

Chance level compares the clips with the transcripts of other utterances: the score of a
system that speaks, but says another text.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from espnet2.gen_audio.metrics.encoders.packaged_weights import require_library
from espnet2.gen_audio.metrics.evaluation.metric import Metric, Score
from espnet2.gen_audio.metrics.functional.estimate import bootstrap_ratio
from espnet2.gen_audio.metrics.functional.word_errors import Errors, count_errors
from espnet2.gen_audio.metrics.speech_evaluation.context import (
    SpeechContext,
    SpeechOutputs,
)
from espnet2.gen_audio.metrics.speech_evaluation.plain_words import plain_words
from espnet2.gen_audio.metrics.speech_evaluation.recogniser import CLOSED, ESPNET, OPEN
from espnet2.gen_audio.metrics.speech_metrics.registry import SPEECH_METRICS


@dataclass(frozen=True)
class Counted:
    """The units that a metric counts.

    Args:
        count: Function of the errors of one clip that returns the number of counted
            units.
        recogniser: Name of the recogniser whose texts are used. If empty, the one with
            the closed vocabulary, else the one with the open vocabulary.
        characters: Whether units are characters and not words.
        scale: Factor by which the ratio is multiplied.
    """

    count: Callable[[Errors], int]
    recogniser: str = ""
    characters: bool = False
    scale: float = 1

    def texts_of(self, outputs: SpeechOutputs) -> str:
        """Return the name of the recogniser whose texts are used."""
        return self.recogniser or (CLOSED if CLOSED in outputs.texts else OPEN)

    def counts_key(self, recogniser: str) -> str:
        """Return the key of a clip's errors in clips.jsonl."""
        return f"{'cer' if self.characters else 'wer'}_{recogniser}"

    def errors(self, transcript: Sequence[str], recognised: Sequence[str]) -> Errors:
        """Return the errors of one clip, in words or characters."""
        if self.characters:
            return count_errors(" ".join(transcript), " ".join(recognised))
        return count_errors(transcript, recognised)


def error_rate(
    counted: Counted, outputs: SpeechOutputs, context: SpeechContext
) -> Score | None:
    """Return the number of counted units divided by the units of the transcripts.

    Args:
        counted: The units that the metric counts.
        outputs: Clips of one system.
        context: The evaluation context, with the transcripts.

    Returns:
        The score; None without the recogniser.
    """
    identity = {clip: clip for clip in outputs.transcripts}
    return _rate(counted, outputs, context, [identity])


def permuted_error_rate(
    counted: Counted, outputs: SpeechOutputs, context: SpeechContext
) -> Score | None:
    """Return the error rate against the transcripts of other utterances.

    Args:
        counted: The units that the metric counts.
        outputs: Clips of one system.
        context: The evaluation context, with the transcripts.

    Returns:
        The score over all permutations; None with one utterance.
    """
    return _rate(counted, outputs, context, context.test.permutations())


def right_words(
    counted: Counted, outputs: SpeechOutputs, context: SpeechContext
) -> Score | None:
    """Return the fraction of correct words, with its ratio to chance level.

    Args:
        counted: The units that the metric counts.
        outputs: Clips of one system.
        context: The evaluation context, with the transcripts.

    Returns:
        The score; None without the recogniser.
    """
    score = error_rate(counted, outputs, context)
    chance = permuted_error_rate(counted, outputs, context)
    if score is None or chance is None:
        return score
    entry: dict[str, Any] = {**score.entry, "chance": chance.entry["value"]}
    if entry["chance"] > 0:
        entry["times_chance"] = round(entry["value"] / entry["chance"], 4)
    return replace(score, entry=entry)


def _rate(
    counted: Counted,
    outputs: SpeechOutputs,
    context: SpeechContext,
    partners: Sequence[Mapping[str, str]],
) -> Score | None:
    """Compare each clip with the transcripts of the utterances it is paired with."""
    name = counted.texts_of(outputs)
    if name not in outputs.texts or not partners:
        return None
    require_library("rapidfuzz", "word errors")
    errors, clips = [], []
    for key, text in outputs.texts[name].items():
        recognised = plain_words(text, context.test.words)
        for partner in partners:
            transcript = outputs.transcripts[partner[key[1]]]
            errors.append(counted.errors(transcript, recognised))
            clips.append(key)
    groups = [context.test.sounds.recordings[clip] for _, clip in clips]
    ratios = [(counted.scale * counted.count(one), one.length) for one in errors]
    settings = context.test.draws, context.test.seed
    estimate = bootstrap_ratio(*zip(*ratios), groups, *settings)
    entry = {**estimate.to_dict(), "clips": len(outputs.clips)}
    if len(partners) > 1:
        return Score(entry)
    counts = [{counted.counts_key(name): vars(one)} for one in errors]
    return Score(entry, dict(zip(clips, counts)), dict(zip(clips, ratios)))


def _edits(errors: Errors) -> int:
    return errors.edits


def _correct(errors: Errors) -> int:
    return errors.correct


_RIGHT = Counted(_correct)
WORDS_RIGHT = SPEECH_METRICS.add(
    Metric(
        key="words_right",
        title="words right",
        unit="fraction of transcript words",
        direction="higher",
        text="words of the transcript that the recogniser outputs. If a vocabulary is "
        "given, the recogniser outputs only words of the vocabulary, in any number. "
        "Chance level is the value of the same clips with the transcripts of other "
        "utterances.",
        source="1 - (substitutions + deletions) / transcript words, Levenshtein "
        "alignment with the most correct words",
        compute=partial(right_words, _RIGHT),
        permuted=partial(permuted_error_rate, _RIGHT),
        column=10,
    )
)
# key, title, explanation, recogniser, whether characters count
RATES = (
    (
        "wer_closed",
        "WER in the vocabulary, %",
        "word errors of the recogniser with a closed vocabulary.",
        CLOSED,
        False,
    ),
    (
        "wer",
        "WER, %",
        "word errors of the recogniser with an open vocabulary.",
        OPEN,
        False,
    ),
    (
        "cer",
        "CER, %",
        "character errors of the recogniser with an open vocabulary.",
        OPEN,
        True,
    ),
    (
        "wer_espnet",
        "WER by ESPnet, %",
        "word errors of ESPnet's recogniser.",
        ESPNET,
        False,
    ),
    (
        "cer_espnet",
        "CER by ESPnet, %",
        "character errors of ESPnet's recogniser.",
        ESPNET,
        True,
    ),
)


def _rate_metric(
    column: int, key: str, title: str, text: str, recogniser: str, characters: bool
) -> Metric[SpeechOutputs, SpeechContext]:
    counted = Counted(_edits, recogniser, characters, scale=100)
    return Metric(
        key=key,
        title=title,
        unit=f"% of transcript {'characters' if characters else 'words'}",
        direction="lower",
        text=text,
        source="(substitutions + deletions + insertions) / transcript length",
        compute=partial(error_rate, counted),
        # two different sentences share many characters, so permuted CER says little
        permuted=None if characters else partial(permuted_error_rate, counted),
        digits=1,
        column=column,
    )


ERROR_RATES = [
    SPEECH_METRICS.add(_rate_metric(20 + number, *fields))
    for number, fields in enumerate(RATES)
]
