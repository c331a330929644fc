"""The probes of a run: what each is fitted on, and what is left out with a reason."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.encoders.clip_features import ClipFeatures
from espnet2.gen_audio.metrics.evaluation.probe_set import Labelled, ProbeSet

BLOCKS = (3, 2)


def features(ids, classes, digests=None, seed=0):
    rng = np.random.default_rng(seed)
    centres = {"bell": 4.0, "drum": -4.0}
    rows = np.array([[centres[classes[i]]] * 5 for i in ids]) + rng.normal(
        size=(len(ids), 5)
    )
    return ClipFeatures(ids, rows[:, :3], rows[:, 3:], digests or list(ids))


def labelled(count=4, prefix="r", seed=0):
    ids = [f"{prefix}{name}{i}" for name in ("bell", "drum") for i in range(count)]
    classes = {i: "bell" if "bell" in i else "drum" for i in ids}
    clips = features(ids, classes, seed=seed)
    return Labelled.of(clips, classes, {i: i for i in ids}, {"bell", "drum"})


def test_a_probe_states_what_it_was_fitted_on():
    probes = ProbeSet(BLOCKS)
    probes.add("probe_train", labelled())
    assert probes.descriptions["probe_train"] == {
        "fitted_on": "reconstructed training recordings",
        "classes": ["bell", "drum"],
        "chance": 0.5,
        "clips": 8,
        "recordings": 8,
    }


def test_clips_made_from_recordings_are_classified_by_cross_validation_only():
    probes = ProbeSet(BLOCKS)
    clips = labelled()
    probes.add("probe_heldout", clips, heldout=True)
    crossed = probes.predict(
        "probe_heldout", clips.features, clips.recordings, paired=True
    )
    assert crossed.tolist() == list(clips.classes)
    with pytest.raises(ValueError, match="in no fold"):
        probes.predict("probe_heldout", clips.features, ["unseen"] * 8, paired=True)
    whole = probes.predict(
        "probe_heldout", clips.features, ["unseen"] * 8, paired=False
    )
    assert whole.tolist() == list(clips.classes)


def test_a_sound_under_several_captions_counts_once_and_other_classes_not_at_all():
    classes = {"a1": "bell", "a2": "bell", "b": "drum"}
    clips = features(["a1", "a2", "b"], classes, ["same", "same", "else"])
    recordings = {"a1": "a", "a2": "a", "b": "b"}
    kept = Labelled.of(clips, {**classes, "b": "speech"}, recordings, {"bell", "drum"})
    assert kept.features.ids == ["a1"] and kept.recordings == ["a"]


def test_more_held_out_recordings_can_be_joined():
    both = labelled(prefix="t").join(labelled(prefix="v", seed=1))
    assert len(both.features.joint) == len(both.classes) == 16
    assert len(set(both.recordings)) == 16


def test_what_cannot_be_fitted_is_left_out_with_the_reason():
    probes = ProbeSet(BLOCKS)
    probes.add("probe_train", None)
    probes.add("probe_heldout", labelled(count=1), heldout=True)
    assert "not given" in probes.left_out["probe_train"]
    assert "one recording" in probes.left_out["probe_heldout"]
    assert not probes.probes and not probes.descriptions
