"""The classifier probe: right where it can be, else at chance, cross-validated."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.evaluation.classifier_probe import (
    ClassifierProbe,
    CrossValidatedProbe,
)
from espnet2.gen_audio.metrics.functional.accuracy import macro_accuracy

BLOCKS = (4, 3)


def clips(per_class=8, spread=0.3, seed=0, classes=("bell", "drum", "voice")):
    """Return features in clouds around one centre a class."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(0, 2, size=(len(classes), sum(BLOCKS)))
    labels = [name for name in classes for _ in range(per_class)]
    rows = [centres[classes.index(name)] for name in labels]
    return np.array(rows) + rng.normal(0, spread, (len(rows), sum(BLOCKS))), labels


def test_separable_classes_are_all_predicted_correctly():
    probe = ClassifierProbe(BLOCKS).fit(*clips(seed=1))
    features, classes = clips(seed=2)
    assert macro_accuracy(classes, probe.predict(features)) == 1.0
    assert probe.classes == ["bell", "drum", "voice"]


def test_labels_without_meaning_give_chance():
    rng = np.random.default_rng(3)
    features = rng.normal(size=(400, 7))
    classes = rng.permutation(np.repeat(["bell", "drum", "voice", "wind"], 100))
    probe = ClassifierProbe(BLOCKS).fit(features[:200], classes[:200])
    accuracy = macro_accuracy(classes[200:], probe.predict(features[200:]))
    assert 0.15 < accuracy < 0.35


def test_blocks_weigh_the_same_whatever_their_sizes():
    """One number decides a class alike in a block of 200 and in a block of 1."""
    rng = np.random.default_rng(4)
    wide = np.repeat(rng.normal(size=(60, 1)), 200, axis=1)
    narrow = rng.normal(size=(60, 1))
    classes = np.where(wide[:, 0] + narrow[:, 0] > 0, "bell", "drum")
    probe = ClassifierProbe((200, 1)).fit(np.hstack([wide, narrow]), classes)
    weights = probe._regression.coef_[0]
    # effect of one standard deviation of each block
    wide_effect = weights[:200].sum() / np.sqrt(200)
    assert wide_effect == pytest.approx(weights[200], rel=0.3)


def test_the_same_clips_give_the_same_probe():
    features, classes = clips(spread=2.0)
    queries = clips(spread=2.0, seed=7)[0]
    first, second = (ClassifierProbe(BLOCKS).fit(features, classes) for _ in range(2))
    assert (first.predict(queries) == second.predict(queries)).all()


def test_no_recording_is_classified_by_a_probe_fitted_on_it():
    """Recordings that differ from all others would be known by fitted otherwise."""
    rng = np.random.default_rng(5)
    features = rng.normal(size=(40, 60)) * 5
    classes = list(np.repeat(["bell", "drum"], 20))
    recordings = [f"r{i}" for i in range(40)]
    fitted = ClassifierProbe((30, 30)).fit(features, classes)
    assert macro_accuracy(classes, fitted.predict(features)) == 1.0
    crossed = CrossValidatedProbe.fit((30, 30), features, classes, recordings)
    predicted = crossed.predict(features, recordings)
    assert macro_accuracy(classes, predicted) < 0.75


def test_clips_of_one_recording_share_a_fold():
    features, classes = clips()
    recordings = [f"{name}{i // 2}" for i, name in enumerate(classes)]
    crossed = CrossValidatedProbe.fit(BLOCKS, features, classes, recordings)
    assert set(crossed.fold_of) == set(recordings)
    predicted = crossed.predict(features, recordings)
    assert macro_accuracy(classes, predicted) == 1.0


def test_a_class_of_one_recording_cannot_be_cross_validated():
    features, classes = clips()
    recordings = ["only" if k == "bell" else f"r{i}" for i, k in enumerate(classes)]
    with pytest.raises(ValueError, match="bell has one recording"):
        CrossValidatedProbe.fit(BLOCKS, features, classes, recordings)


def test_a_recording_that_was_in_no_fold_is_refused():
    features, classes = clips()
    ids = [f"r{i}" for i in range(len(classes))]
    crossed = CrossValidatedProbe.fit(BLOCKS, features, classes, ids)
    with pytest.raises(ValueError, match="unseen"):
        crossed.predict(features[:1], ["unseen"])


@pytest.mark.parametrize(
    ("features", "classes", "message"),
    [
        (np.zeros((2, 7)), ["bell", "bell"], "two classes"),
        (np.zeros((2, 6)), ["bell", "drum"], "blocks"),
        (np.full((2, 7), np.nan), ["bell", "drum"], "NaN"),
    ],
)
def test_clips_that_no_probe_can_learn_from_are_refused(features, classes, message):
    with pytest.raises(ValueError, match=message):
        ClassifierProbe(BLOCKS).fit(features, classes)
