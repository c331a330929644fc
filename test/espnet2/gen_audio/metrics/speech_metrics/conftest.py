"""A test set of digits whose files are named after their transcripts."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

WORDS = ["one", "two", "three", "four", "five"]


class Reader:
    """Recognises the names of files, and measures without a store."""

    def __init__(self, *names):
        self.recognisers = dict.fromkeys(names)

    def texts(self, name, paths, what):
        return [path.stem.replace("_", " ") for path in paths]

    def once(self, model, paths, work):
        return work()

    def remember(self, model, path, work):
        return work(path)


@pytest.fixture
def context():
    """Return the context of 20 transcripts of three words, open vocabulary."""
    from espnet2.gen_audio.metrics.evaluation.sound_set import SoundSet
    from espnet2.gen_audio.metrics.speech_evaluation.context import SpeechContext
    from espnet2.gen_audio.metrics.speech_evaluation.speech_set import SpeechTestSet

    rng = np.random.default_rng(0)
    texts = {f"u{n:02}": list(rng.choice(WORDS, 3)) for n in range(20)}
    wavs = {c: Path(f"{c}/{'_'.join(words)}.wav") for c, words in texts.items()}
    sounds = SoundSet(Path("test"), wavs, {}, {}, {clip: clip for clip in wavs})
    test = SpeechTestSet(sounds, texts, words=WORDS, draws=100)
    return SpeechContext(test, Reader("open"))


@pytest.fixture
def closed(context):
    """Return the same with a closed vocabulary too."""
    return replace(context, reader=Reader("closed", "open"))


@pytest.fixture
def outputs_of():
    """Return a function that makes the outputs of a system that changes the words."""
    from espnet2.gen_audio.metrics.speech_evaluation.context import SpeechOutputs

    def make(context, change=None, seeds=("",)):
        test = context.test
        wavs = test.sounds.wavs
        if change is not None:
            wavs = {
                clip: Path(f"s/{clip}/{'_'.join(change(words))}.wav")
                for clip, words in test.transcripts.items()
            }
        by_seed = {seed: wavs for seed in seeds}
        return SpeechOutputs.read("ours", by_seed, test, context.reader)

    return make
