"""The judges of a run: what each is fitted on, and what is left out with its reason."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.clip_features import ClipFeatures
from espnet2.gen_audio.metrics.judges import Judges, Labelled

BLOCKS = (3, 2)


def features(ids, kinds, digests=None, seed=0):
    rng = np.random.default_rng(seed)
    centres = {"bell": 4.0, "drum": -4.0}
    rows = np.array([[centres[kinds[i]]] * 5 for i in ids]) + rng.normal(
        size=(len(ids), 5)
    )
    return ClipFeatures(ids, rows[:, :3], rows[:, 3:], digests or list(ids))


def labelled(count=4, prefix="r", seed=0):
    ids = [f"{prefix}{kind}{i}" for kind in ("bell", "drum") for i in range(count)]
    kinds = {i: "bell" if "bell" in i else "drum" for i in ids}
    clips = features(ids, kinds, seed=seed)
    return Labelled.of(clips, kinds, {i: i for i in ids}, {"bell", "drum"})


def test_a_judge_states_what_it_was_fitted_on():
    judges = Judges(BLOCKS)
    judges.add("judge_train", labelled())
    assert judges.facts["judge_train"] == {
        "fitted_on": "reconstructed training recordings",
        "kinds": ["bell", "drum"],
        "chance": 0.5,
        "clips": 8,
        "recordings": 8,
    }


def test_own_recordings_are_judged_by_cross_validation_only():
    judges = Judges(BLOCKS)
    clips = labelled()
    judges.add("judge_heldout", clips, heldout=True)
    own = judges.judge("judge_heldout", clips.features, clips.recordings, own=True)
    assert own.tolist() == list(clips.kinds)
    with pytest.raises(ValueError, match="not among"):
        judges.judge("judge_heldout", clips.features, ["stranger"] * 8, own=True)
    answers = judges.judge("judge_heldout", clips.features, ["stranger"] * 8, own=False)
    assert answers.tolist() == list(clips.kinds)


def test_a_sound_under_several_captions_counts_once_and_other_kinds_not_at_all():
    kinds = {"a1": "bell", "a2": "bell", "b": "drum"}
    clips = features(["a1", "a2", "b"], kinds, ["same", "same", "else"])
    recordings = {"a1": "a", "a2": "a", "b": "b"}
    kept = Labelled.of(clips, {**kinds, "b": "speech"}, recordings, {"bell", "drum"})
    assert kept.features.ids == ["a1"] and kept.recordings == ["a"]


def test_more_held_out_recordings_can_be_joined():
    both = labelled(prefix="t").join(labelled(prefix="v", seed=1))
    assert len(both.features.joint) == len(both.kinds) == 16
    assert len(set(both.recordings)) == 16


def test_what_cannot_be_fitted_is_left_out_with_the_reason():
    judges = Judges(BLOCKS)
    judges.add("judge_train", None)
    judges.add("judge_heldout", labelled(count=1), heldout=True)
    assert "not given" in judges.left_out["judge_train"]
    assert "one recording" in judges.left_out["judge_heldout"]
    assert not judges.whole and not judges.facts
