"""What is to be said in the test clips, by whom, and where the recordings are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np

from espnet2.gen_audio.kaldi.data_dir import read_scp
from espnet2.gen_audio.metrics.sound_set import SoundSet, read_sound_set
from espnet2.gen_audio.metrics.word_errors import normal_words

DEALS = 20  # times that transcripts are dealt out anew
Wavs = Mapping[str, Path]
T = TypeVar("T")


@dataclass(frozen=True)
class SpeechTest:
    """What every row is scored against.

    Args:
        sounds: The test recordings.
        transcripts: What is said in each, as plain words.
        speakers: Speaker of each; empty when unknown.
        prompts: Sound whose voice each clip should have; the recording itself where
            none is named.
        words: The closed vocabulary; empty when open.
        draws: Draws of each interval.
        seed: Seed of the draws.
        measured: Clips of a row whose quality, voice and spectra are measured, spread
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

    def measured_of(self, clips: Sequence[T]) -> list[T]:
        """Return those clips that are measured in more than words."""
        most = len(clips) if self.measured is None else min(self.measured, len(clips))
        return [clips[place * len(clips) // most] for place in range(most)]

    def deals(self) -> list[dict[str, str]]:
        """Return ways of giving each utterance another one; none with one utterance."""
        ids, rng = sorted(self.transcripts), np.random.default_rng(self.seed)
        deals = []
        for _ in range(DEALS if len(ids) > 1 else 0):
            order = [ids[place] for place in rng.permutation(len(ids))]
            deals.append(dict(zip(order, [*order[1:], order[0]])))
        return deals

    @property
    def several_speakers(self) -> bool:
        """Whether more than one speaker is known."""
        return len(set(self.speakers.values())) > 1


def read_speech_test(
    folder: Path,
    words: Sequence[str] = (),
    prompts: Wavs | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> SpeechTest:
    """Read a data folder of speech.

    Args:
        folder: Data folder with wav.scp and transcript; utt2spk may be there.
        words: The closed vocabulary; empty when open.
        prompts: Sound whose voice each clip should have, by id.
        draws: Draws of each interval.
        seed: Seed of the draws.

    Returns:
        The test set; utterances without a transcript are left out.

    Raises:
        ValueError: If there is no transcript, or it has a word outside the vocabulary.
    """
    sounds = read_sound_set(folder)
    path = folder / "transcript"
    if not path.exists():
        raise ValueError(f"{path} is missing; it says '<id> <words>' of each clip")
    texts = {clip: normal_words(text, words) for clip, text in read_scp(path).items()}
    transcripts = {clip: texts[clip] for clip in sounds.ids if texts.get(clip)}
    if not transcripts:
        raise ValueError(f"{path} has no words for any clip of {folder}/wav.scp")
    for clip, spoken in transcripts.items():
        strange = [word for word in spoken if words and word not in words]
        if strange:
            raise ValueError(
                f"{path}: {clip} says {strange[0]!r}, which is not in the vocabulary; "
                "add the word, or score without --vocabulary"
            )
    speakers = folder / "utt2spk"
    known = read_scp(speakers) if speakers.exists() else {}
    known = {clip: known[clip] for clip in transcripts if clip in known}
    return SpeechTest(
        sounds,
        transcripts,
        known if len(known) == len(transcripts) else {},
        prompts or {},
        words,
        draws,
        seed,
    )
