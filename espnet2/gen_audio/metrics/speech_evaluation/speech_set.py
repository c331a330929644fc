"""Transcripts and recordings of the test clips, and their permutations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np

from espnet2.gen_audio.kaldi.data_dir import read_scp
from espnet2.gen_audio.metrics.evaluation.sound_set import SoundSet, read_sound_set
from espnet2.gen_audio.metrics.speech_evaluation.plain_words import plain_words

PERMUTATIONS = 20  # number of permutations of the transcripts, for chance level
Wavs = Mapping[str, Path]
Item = TypeVar("Item")


@dataclass(frozen=True)
class SpeechTestSet:
    """Transcripts and recordings of the test clips.

    Args:
        sounds: The test recordings.
        transcripts: Transcript of each clip, as plain words.
        speakers: Speaker of each clip; empty if unknown.
        prompts: For each clip, a sound with the voice that it should have; the clip's
            recording if none is given.
        words: The closed vocabulary; empty for an open one.
        draws: Number of draws of each interval.
        seed: Seed of the draws.
        measured: Number of clips per row and seed, spread over the set, for which
            metrics other than word errors are computed; all if None.
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
        """Return the clips for which metrics other than word errors are computed."""
        most = len(clips) if self.measured is None else min(self.measured, len(clips))
        return [clips[number * len(clips) // most] for number in range(most)]

    def permutations(self) -> list[dict[str, str]]:
        """Return maps from each utterance to another; none for one utterance."""
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
        folder: Data folder with wav.scp and transcript; utt2spk is optional.
        words: The closed vocabulary; empty for an open one.
        prompts: For each id, a sound with the voice that the clip should have.
        draws: Number of draws of each interval.
        seed: Seed of the draws.
        measured: Number of clips for which metrics other than word errors are computed.

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
