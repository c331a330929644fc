"""The judge: right where it can be, else at chance, and blind to its own fold."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.judge import (
    CrossJudges,
    Judge,
    estimate_accuracy,
    estimate_shuffled,
    macro_accuracy,
)

BLOCKS = (4, 3)


def clips(per_kind=8, spread=0.3, seed=0, kinds=("bell", "drum", "voice")):
    """Return features in clouds around one centre a kind."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(0, 2, size=(len(kinds), sum(BLOCKS)))
    labels = [kind for kind in kinds for _ in range(per_kind)]
    rows = [centres[kinds.index(kind)] for kind in labels]
    return np.array(rows) + rng.normal(0, spread, (len(rows), sum(BLOCKS))), labels


def test_separable_kinds_are_all_judged_right():
    judge = Judge(BLOCKS).fit(*clips(seed=1))
    features, kinds = clips(seed=2)
    assert macro_accuracy(kinds, judge.predict(features)) == 1.0
    assert judge.kinds == ["bell", "drum", "voice"]


def test_labels_without_meaning_give_chance():
    rng = np.random.default_rng(3)
    features = rng.normal(size=(400, 7))
    kinds = rng.permutation(np.repeat(["bell", "drum", "voice", "wind"], 100))
    judge = Judge(BLOCKS).fit(features[:200], kinds[:200])
    accuracy = macro_accuracy(kinds[200:], judge.predict(features[200:]))
    assert 0.15 < accuracy < 0.35


def test_blocks_weigh_the_same_whatever_their_sizes():
    """A kind told by one number in a block of 200 counts like one in a block of 1."""
    rng = np.random.default_rng(4)
    wide = np.repeat(rng.normal(size=(60, 1)), 200, axis=1)
    narrow = rng.normal(size=(60, 1))
    kinds = np.where(wide[:, 0] + narrow[:, 0] > 0, "bell", "drum")
    judge = Judge((200, 1)).fit(np.hstack([wide, narrow]), kinds)
    weights = judge._regression.coef_[0]
    # effect of one deviation of each block
    wide_effect = weights[:200].sum() / np.sqrt(200)
    assert wide_effect == pytest.approx(weights[200], rel=0.3)


def test_rare_kinds_count_as_much_as_frequent_ones():
    kinds = ["bell"] * 9 + ["drum"]
    assert macro_accuracy(kinds, ["bell"] * 10) == 0.5


def test_the_same_clips_give_the_same_judge():
    features, kinds = clips(spread=2.0)
    queries = clips(spread=2.0, seed=7)[0]
    first, second = (Judge(BLOCKS).fit(features, kinds) for _ in range(2))
    assert (first.predict(queries) == second.predict(queries)).all()


def test_cross_judges_never_heard_the_recording_they_judge():
    """Recordings that differ from all others would be known by heart otherwise."""
    rng = np.random.default_rng(5)
    features = rng.normal(size=(40, 60)) * 5
    kinds = list(np.repeat(["bell", "drum"], 20))
    recordings = [f"r{i}" for i in range(40)]
    heart = Judge((30, 30)).fit(features, kinds)
    assert macro_accuracy(kinds, heart.predict(features)) == 1.0
    crossed = CrossJudges.fit((30, 30), features, kinds, recordings)
    answers = crossed.predict(features, recordings)
    assert macro_accuracy(kinds, answers) < 0.75


def test_clips_of_one_recording_share_a_fold():
    features, kinds = clips()
    recordings = [f"{kind}{i // 2}" for i, kind in enumerate(kinds)]
    crossed = CrossJudges.fit(BLOCKS, features, kinds, recordings)
    assert set(crossed.fold_of) == set(recordings)
    answers = crossed.predict(features, recordings)
    assert macro_accuracy(kinds, answers) == 1.0


def test_a_kind_of_one_recording_cannot_be_cross_judged():
    features, kinds = clips()
    recordings = ["only" if k == "bell" else f"r{i}" for i, k in enumerate(kinds)]
    with pytest.raises(ValueError, match="bell has one recording"):
        CrossJudges.fit(BLOCKS, features, kinds, recordings)


def test_a_recording_that_was_in_no_fold_is_refused():
    features, kinds = clips()
    ids = [f"r{i}" for i in range(len(kinds))]
    crossed = CrossJudges.fit(BLOCKS, features, kinds, ids)
    with pytest.raises(ValueError, match="stranger"):
        crossed.predict(features[:1], ["stranger"])


def test_the_interval_of_accuracy_draws_recordings_and_not_clips():
    kinds = ["bell"] * 40 + ["drum"] * 40
    rng = np.random.default_rng(6)
    right = np.repeat(rng.random(16) < 0.6, 5)  # whole recordings, right or wrong
    judged = [k if ok else "wrong" for k, ok in zip(kinds, right)]
    recordings = [f"r{i // 5}" for i in range(80)]
    grouped = estimate_accuracy(kinds, judged, recordings)
    single = estimate_accuracy(kinds, judged, [f"c{i}" for i in range(80)])
    assert grouped.value == single.value == macro_accuracy(kinds, judged)
    assert grouped.high - grouped.low > 1.5 * (single.high - single.low)


def test_shuffled_captions_are_judged_at_chance():
    kinds = [f"kind{i % 5}" for i in range(100)]
    estimate = estimate_shuffled(kinds, kinds)
    assert estimate.value == pytest.approx(0.2, abs=0.01)
    assert estimate.low < 0.2 < estimate.high


@pytest.mark.parametrize(
    ("features", "kinds", "message"),
    [
        (np.zeros((2, 7)), ["bell", "bell"], "two kinds"),
        (np.zeros((2, 6)), ["bell", "drum"], "blocks"),
        (np.full((2, 7), np.nan), ["bell", "drum"], "NaN"),
    ],
)
def test_clips_that_no_judge_can_learn_from_are_refused(features, kinds, message):
    with pytest.raises(ValueError, match=message):
        Judge(BLOCKS).fit(features, kinds)


def test_an_accuracy_of_nothing_is_refused():
    with pytest.raises(ValueError, match="one entry a clip"):
        estimate_accuracy([], [], [])
