"""A real voice for metrics of speech, and a small evaluation for metrics of sounds."""

from pathlib import Path

import numpy as np
import pytest

CLASSES = ("bell", "drum")
CENTRE = {"bell": 3.0, "drum": -3.0}
BLOCKS = (3, 2)


@pytest.fixture(scope="session")
def digits():
    """Return the file of a voice with the transcript six, four, seven."""
    return Path(__file__).parents[3] / "sounds/six_four_seven.flac"


@pytest.fixture(scope="session")
def features():
    """Return a function that makes features around one centre a class."""
    from espnet2.gen_audio.metrics.encoders.clip_features import ClipFeatures

    def make(class_of, seed=0, spread=0.5):
        rng = np.random.default_rng(seed)
        rows = np.array([[CENTRE[name]] * sum(BLOCKS) for name in class_of.values()])
        rows = rows + rng.normal(0, spread, rows.shape)
        digests = [f"{seed}{clip}" for clip in class_of]
        size = BLOCKS[0]
        return ClipFeatures(list(class_of), rows[:, :size], rows[:, size:], digests)

    return make


@pytest.fixture
def context(features):
    """Return an evaluation of 12 test clips, with one probe and 20 training clips."""
    from espnet2.gen_audio.metrics.evaluation.context import EvaluationContext
    from espnet2.gen_audio.metrics.evaluation.probe_set import Labelled, ProbeSet
    from espnet2.gen_audio.metrics.evaluation.sound_set import SoundSet
    from espnet2.gen_audio.metrics.measures.copying import nearest

    class_of = {f"t{name}{i}": name for name in CLASSES for i in range(6)}
    wavs = {clip: Path(clip) for clip in class_of}
    test = SoundSet(Path("test"), wavs, {}, class_of, {clip: clip for clip in class_of})
    train_classes = {f"r{name}{i}": name for name in CLASSES for i in range(10)}
    train = features(train_classes, seed=1)
    probes = ProbeSet(BLOCKS)
    same = {clip: clip for clip in train_classes}
    probes.add("probe_train", Labelled.of(train, train_classes, same, set(CLASSES)))
    reference = features(class_of, seed=2)
    distances = nearest(reference.embedding, train.embedding).distance
    return EvaluationContext(
        test, reference, probes, None, train, distances, draws=50, seed=0
    )


@pytest.fixture
def outputs_of(context):
    """Return a function that makes the outputs of a system from its features."""
    from espnet2.gen_audio.metrics.evaluation.context import SystemOutputs

    def make(by_seed, name="ours", test=None, **options):
        return SystemOutputs.of(name, by_seed, test or context.test, **options)

    return make
