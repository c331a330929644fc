"""The inputs of a speech metric: the outputs of one system, and the evaluation context.

The context is the test set (transcripts, speakers, recordings) and the ``SpeechReader``
that recognises and measures clips.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from espnet2.gen_audio.files.progress import progress
from espnet2.gen_audio.metrics.evaluation.metric import ClipKey, Score
from espnet2.gen_audio.metrics.evaluation.row_scorer import Record
from espnet2.gen_audio.metrics.functional.estimate import bootstrap_mean
from espnet2.gen_audio.metrics.speech_evaluation.cached_results import SpeechReader
from espnet2.gen_audio.metrics.speech_evaluation.speech_set import SpeechTestSet, Wavs

Item = TypeVar("Item")


@dataclass(frozen=True)
class SpeechOutputs:
    """Clips of one system for the test transcripts.

    Args:
        name: Name of the row.
        by_seed: Sound file of each test id, by generation seed.
        texts: Recognised text of each clip, by recogniser.
        transcripts: Transcript of each test id.
    """

    name: str
    by_seed: Mapping[str, Wavs]
    texts: Mapping[str, Mapping[ClipKey, str]]
    transcripts: Mapping[str, Sequence[str]]

    @classmethod
    def read(
        cls,
        name: str,
        by_seed: Mapping[str, Wavs],
        test: SpeechTestSet,
        reader: SpeechReader,
    ) -> "SpeechOutputs":
        """Recognise the clips of one system.

        Args:
            name: Name of the row.
            by_seed: Sound file of each test id, by generation seed.
            test: The test set.
            reader: Recognises clips.

        Returns:
            The outputs.
        """
        ids = list(test.transcripts)
        texts: dict[str, dict[ClipKey, str]] = {key: {} for key in reader.recognisers}
        for seed, wavs in by_seed.items():
            what = " ".join([name, seed]).strip()
            for recogniser, found in texts.items():
                paths = [wavs[clip] for clip in ids]
                for clip, text in zip(ids, reader.texts(recogniser, paths, what)):
                    found[seed, clip] = text
        return cls(name, by_seed, texts, test.transcripts)

    @property
    def clips(self) -> list[ClipKey]:
        """Seed and id of each clip."""
        return [(seed, clip) for seed in self.by_seed for clip in self.transcripts]

    def records(self) -> dict[ClipKey, Record]:
        """Return a record of each clip, for speech_clips.jsonl."""
        return {
            (seed, clip): {
                "id": clip,
                "system": self.name,
                "seed": seed,
                "transcript": " ".join(self.transcripts[clip]),
                "recognised": {r: text[seed, clip] for r, text in self.texts.items()},
            }
            for seed, clip in self.clips
        }


@dataclass(frozen=True)
class SpeechContext:
    """The test set of an evaluation, and the reader of its clips.

    Args:
        test: The test set.
        reader: Recognises and measures clips.
    """

    test: SpeechTestSet
    reader: SpeechReader

    def measured(self, outputs: SpeechOutputs) -> dict[ClipKey, Path]:
        """Return the files of those clips that metrics other than word errors use."""
        ids = list(outputs.transcripts)
        return {
            (seed, clip): wavs[clip]
            for seed, wavs in outputs.by_seed.items()
            for clip in self.test.measured_of(ids)
        }

    def permuted_pairs(
        self, outputs: SpeechOutputs
    ) -> dict[ClipKey, tuple[Path, Path]]:
        """Return these clips, each with the recording of another utterance."""
        permutations = self.test.permutations()
        if not permutations:
            return {}
        wavs, other = self.test.sounds.wavs, permutations[0]
        measured = self.measured(outputs)
        return {key: (path, wavs[other[key[1]]]) for key, path in measured.items()}

    def mean_score(
        self,
        key: str,
        values: Mapping[ClipKey, float | None],
        more: Mapping[ClipKey, Mapping[str, Any]] | None = None,
    ) -> Score | None:
        """Return the mean over clips, with its interval, as a metric's score.

        Args:
            key: Key of the metric.
            values: Value of each clip; None for a clip without value.
            more: Further values for the records of clips.

        Returns:
            The score; None without clips.
        """
        if not values:
            return None
        extra = more or {}
        clips = {one: {key: v, **extra.get(one, {})} for one, v in values.items()}
        kept = {one: v for one, v in values.items() if v is not None}
        if not kept:
            return Score(None, clips)
        groups = [self.test.sounds.recordings[clip] for _, clip in kept]
        estimate = bootstrap_mean(
            np.array(list(kept.values())), groups, self.test.draws, self.test.seed
        )
        return Score(estimate.to_dict(), clips)


def with_progress(
    clips: Mapping[ClipKey, Item], what: str
) -> Iterator[tuple[ClipKey, Item]]:
    """Iterate over clips and log progress.

    Args:
        clips: Values by key.
        what: First words of the log line.

    Returns:
        Keys and values.
    """
    return progress(clips.items(), len(clips), what)
