"""What a metric of speech is computed from: one system's outputs, and the context.

The context is the test set, with transcripts, speakers and recordings, and the reader
that measures clips.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from espnet2.gen_audio.files.progress import progress
from espnet2.gen_audio.kaldi.data_dir import read_scp
from espnet2.gen_audio.metrics.evaluation.metric import ClipKey, Score
from espnet2.gen_audio.metrics.evaluation.row_scorer import Record
from espnet2.gen_audio.metrics.evaluation.sound_set import SoundSet, read_sound_set
from espnet2.gen_audio.metrics.measures.estimate import bootstrap_mean
from espnet2.gen_audio.metrics.speech.plain_words import plain_words
from espnet2.gen_audio.metrics.speech.reader import SpeechReader

PERMUTATIONS = 20  # times that transcripts are permuted, for the level of chance
Wavs = Mapping[str, Path]
Item = TypeVar("Item")


@dataclass(frozen=True)
class SpeechTestSet:
    """Transcripts and recordings of the test clips.

    Args:
        sounds: The test recordings.
        transcripts: Transcript of each, as plain words.
        speakers: Speaker of each; empty when unknown.
        prompts: Sound whose voice each clip should have; the recording itself where
            none is named.
        words: The closed vocabulary; empty when open.
        draws: Draws of each interval.
        seed: Seed of the draws.
        measured: Clips of a row and seed that are measured in more than words, spread
            over the set; all if None.
    """

    sounds: SoundSet
    transcripts: Mapping[str, Sequence[str]]
    speakers: Mapping[str, str] = field(default_factory=dict)
    prompts: Wavs = field(default_factory=dict)
    words: Sequence[str] = ()
    draws: int = 1000
    seed: int = 0
    measured: int | None = None

    def measured_of(self, clips: Sequence[Item]) -> list[Item]:
        """Return those clips that are measured in more than words."""
        most = len(clips) if self.measured is None else min(self.measured, len(clips))
        return [clips[number * len(clips) // most] for number in range(most)]

    def permutations(self) -> list[dict[str, str]]:
        """Return ways of giving each utterance another one; none with one utterance."""
        ids, rng = sorted(self.transcripts), np.random.default_rng(self.seed)
        found = []
        for _ in range(PERMUTATIONS if len(ids) > 1 else 0):
            order = [ids[row] for row in rng.permutation(len(ids))]
            found.append(dict(zip(order, [*order[1:], order[0]])))
        return found

    @property
    def several_speakers(self) -> bool:
        """Whether more than one speaker is known."""
        return len(set(self.speakers.values())) > 1


@dataclass(frozen=True)
class SpeechOutputs:
    """Clips of one system for the test transcripts.

    Args:
        name: Name of the row.
        by_seed: Sound file of each test id, by generation seed.
        texts: Text of each clip, by recogniser.
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
        """Return a new record of each clip."""
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
    """What every system is scored against, and what measures its clips.

    Args:
        test: The test set.
        reader: Measures clips.
    """

    test: SpeechTestSet
    reader: SpeechReader

    def measured(self, outputs: SpeechOutputs) -> dict[ClipKey, Path]:
        """Return the clips that are measured in more than words, with their files."""
        ids = list(outputs.transcripts)
        return {
            (seed, clip): wavs[clip]
            for seed, wavs in outputs.by_seed.items()
            for clip in self.test.measured_of(ids)
        }

    def permuted_pairs(
        self, outputs: SpeechOutputs
    ) -> dict[ClipKey, tuple[Path, Path]]:
        """Return measured clips, each with the recording of another utterance."""
        permutations = self.test.permutations()
        if not permutations:
            return {}
        wavs, other = self.test.sounds.wavs, permutations[0]
        measured = self.measured(outputs)
        return {key: (path, wavs[other[key[1]]]) for key, path in measured.items()}

    def score(
        self,
        key: str,
        values: Mapping[ClipKey, float | None],
        more: Mapping[ClipKey, Mapping[str, Any]] | None = None,
    ) -> Score | None:
        """Return the mean of values of clips as a metric's score.

        Args:
            key: Key of the metric.
            values: Value of each clip; None where it has none.
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
    """Return the clips one after another, and log how many are done.

    Args:
        clips: What to measure.
        what: First words of the log line.

    Returns:
        Keys and values.
    """
    return progress(clips.items(), len(clips), what)


def read_speech_test_set(
    folder: Path,
    words: Sequence[str] = (),
    prompts: Wavs | None = None,
    draws: int = 1000,
    seed: int = 0,
    measured: int | None = None,
) -> SpeechTestSet:
    """Read a data folder of speech.

    Args:
        folder: Data folder with wav.scp and transcript; utt2spk may be there.
        words: The closed vocabulary; empty when open.
        prompts: Sound whose voice each clip should have, by id.
        draws: Draws of each interval.
        seed: Seed of the draws.
        measured: Clips of a row and seed that are measured in more than words.

    Returns:
        The test set; utterances without a transcript are left out.
    """
    sounds = read_sound_set(folder)
    transcripts = _read_transcripts(folder / "transcript", sounds, words)
    speakers = folder / "utt2spk"
    known = read_scp(speakers) if speakers.exists() else {}
    known = {clip: known[clip] for clip in transcripts if clip in known}
    return SpeechTestSet(
        sounds,
        transcripts,
        known if len(known) == len(transcripts) else {},
        prompts or {},
        words,
        draws,
        seed,
        measured,
    )


def _read_transcripts(
    path: Path, sounds: SoundSet, words: Sequence[str]
) -> dict[str, list[str]]:
    if not path.exists():
        raise ValueError(f"{path} is missing; write '<id> <words>' of each clip in it")
    texts = {clip: plain_words(text, words) for clip, text in read_scp(path).items()}
    transcripts = {clip: texts[clip] for clip in sounds.ids if texts.get(clip)}
    if not transcripts:
        raise ValueError(
            f"{path} has no words for any clip of {sounds.folder}/wav.scp; add them"
        )
    for clip, transcript in transcripts.items():
        unknown = [word for word in transcript if words and word not in words]
        if unknown:
            raise ValueError(
                f"{path}: the transcript of {clip} has {unknown[0]!r}, which is not in "
                "the vocabulary; add the word, or score without --vocabulary"
            )
    return transcripts
