"""Scores in the files that ESPnet's own evaluation scripts write and read."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.metrics.evaluation.row_scorer import Record
from espnet2.gen_audio.metrics.speech_evaluation.plain_words import plain_words
from espnet2.gen_audio.metrics.speech_evaluation.recogniser import OPEN
from espnet2.gen_audio.metrics.speech_evaluation.speech_set import SpeechTestSet


def write_system(
    folder: Path, records: Sequence[Record], keys: Sequence[str], test: SpeechTestSet
) -> None:
    """Write the scores of one system and seed: measures, transcripts, recognised texts.

    Args:
        folder: Folder to write to.
        records: One record per clip, at least one.
        keys: Keys of the metrics; metrics that have a number for each clip are written.
        test: The test set.
    """
    for key in keys:
        values = {r["id"]: r[key] for r in records if _is_number(r.get(key))}
        if values:
            write_measure(folder, key, values)
    transcripts = {clip: list(words) for clip, words in test.transcripts.items()}
    for recogniser in records[0]["recognised"]:
        target = "score_wer" if recogniser == OPEN else f"score_wer_{recogniser}"
        texts = {r["id"]: r["recognised"][recogniser] for r in records}
        words = {clip: plain_words(text, test.words) for clip, text in texts.items()}
        write_trn(folder / target / "ref.trn", transcripts, test.speakers)
        write_trn(folder / target / "hyp.trn", words, test.speakers)


def write_measure(folder: Path, name: str, values: Mapping[str, float]) -> None:
    """Write utt2<name> and <name>_avg_result.txt.

    Args:
        folder: Folder to write to.
        name: Name of the measure, for example ``mcd`` or ``log_f0_rmse``.
        values: Value of each utterance, at least one.
    """
    lines = [f"{clip} {values[clip]:.4f}\n" for clip in sorted(values)]
    write_text(folder / f"utt2{name}", "".join(lines))
    numbers = np.array(list(values.values()))
    average = f"Average: {numbers.mean():.4f} ± {numbers.std():.4f}"
    text = f"#utterances: {len(values)}\n{average}\n"
    write_text(folder / f"{name}_avg_result.txt", text)


def write_trn(
    path: Path, tokens: Mapping[str, Sequence[str]], speakers: Mapping[str, str]
) -> None:
    """Write texts in the form of sclite: the words, then (speaker-id).

    Args:
        path: File to write.
        tokens: Words or characters of each utterance.
        speakers: Speaker of each utterance; the utterance id if unknown.
    """
    lines = [
        f"{' '.join(tokens[clip])}\t({speakers.get(clip, clip)}-{clip})\n"
        for clip in sorted(tokens)
    ]
    write_text(path, "".join(lines))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float))
