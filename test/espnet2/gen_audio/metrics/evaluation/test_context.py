"""Outputs in the order of the test set, and which sample of them is compared."""

from dataclasses import replace

import numpy as np
import pytest

from espnet2.gen_audio.metrics.evaluation.context import SeedSamples, SystemOutputs


def test_the_order_of_a_wav_scp_does_not_matter(context, features, outputs_of):
    forward = features(context.test.classes, 3)
    backward = forward.select(forward.ids[::-1])
    one, other = (outputs_of({"": f}) for f in (forward, backward))
    assert one.by_seed[""].ids == other.by_seed[""].ids == context.test.ids
    np.testing.assert_array_equal(one.by_seed[""].joint, other.by_seed[""].joint)


def test_missing_and_extra_ids_are_refused_by_name(context, features, outputs_of):
    class_of = dict(context.test.classes)
    del class_of["tbell0"]
    class_of["unknown"] = "bell"
    with pytest.raises(ValueError, match="lacks tbell0.*lacks unknown"):
        outputs_of({"0": features(class_of)})


def test_every_clip_of_every_seed_has_a_record(context, features, outputs_of):
    by_seed = {str(n): features(context.test.classes, n) for n in range(2)}
    outputs = outputs_of(by_seed)
    records = outputs.records()
    assert len(records) == outputs.num_clips == 24
    assert records["1", "tbell0"] == {"id": "tbell0", "system": "ours", "seed": "1"}


def test_clips_without_a_class_are_not_labelled(context):
    class_of = dict(context.test.classes)
    del class_of["tbell0"]
    partial = replace(context, test=replace(context.test, classes=class_of))
    assert "tbell0" not in partial.labelled_ids
    assert len(partial.labels) == len(partial.labelled_ids) == 11


def test_several_captions_of_one_sound_enter_a_sample_of_recordings_once(
    context, features, outputs_of
):
    recordings = {
        clip: clip[:-1] + str(int(clip[-1]) // 2) for clip in context.test.ids
    }
    test = replace(context.test, recordings=recordings)
    shared = features(test.classes, 3)
    shared = replace(shared, digests=[recordings[clip] for clip in shared.ids])
    half = replace(context, test=test)
    paired = half.samples_of(outputs_of({"": shared}, test=test, paired=True))
    assert len(paired.by_seed[""]) == len(set(paired.groups)) == 6
    generated = half.samples_of(outputs_of({"": shared}, test=test))
    assert len(generated.by_seed[""]) == 12 and len(set(generated.groups)) == 6


def test_the_test_recordings_are_compared_as_other_recordings_are(
    context, features, outputs_of
):
    own = outputs_of({"": features(context.test.classes)}, is_reference=True)
    assert context.samples_of(own) is None
    others = SeedSamples({"": np.zeros((2, 3))}, ["train/a", "train/b"])
    assert replace(context, other_recordings=others).samples_of(own) is others


def test_sound_files_are_read_seed_by_seed(context, features):
    class Reader:
        def read(self, wavs, what):
            return features(context.test.classes, seed=len(what))

    wavs = {"0": context.test.wavs, "10": context.test.wavs}
    outputs = SystemOutputs.read("x", wavs, context.test, Reader(), paired=True)
    assert list(outputs.by_seed) == ["0", "10"] and outputs.paired
    assert outputs.wavs["10"] == context.test.wavs


def test_frames_are_compared_where_there_are_any_and_seeds_must_agree(
    context, features, outputs_of
):
    clips = features(context.test.classes, 3)
    two = replace(clips, frames=[np.ones((2, 3))] * 12)
    samples = context.samples_of(outputs_of({"0": two, "1": two}))
    assert samples.by_seed["1"].shape == (24, 3)
    assert samples.groups[:3] == [clips.ids[0], clips.ids[0], clips.ids[1]]
    three = replace(clips, frames=[np.ones((3, 3))] * 12)
    with pytest.raises(ValueError, match="different numbers of frames"):
        context.samples_of(outputs_of({"0": two, "1": three}))
