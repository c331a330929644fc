"""Rows: the same clips under other captions, seeds, copies, and missing ids."""

from pathlib import Path

import numpy as np
import pytest

from espnet2.gen_audio.metrics.clip_features import ClipFeatures
from espnet2.gen_audio.metrics.copying import nearest
from espnet2.gen_audio.metrics.judges import Judges, Labelled
from espnet2.gen_audio.metrics.rows import Answers, Scene, score_row, shuffled_row
from espnet2.gen_audio.metrics.sound_set import SoundSet

BLOCKS = (3, 2)
KINDS = ("bell", "drum")
CENTRE = {"bell": 3.0, "drum": -3.0}


def features(kind_of, seed=0, spread=0.5, prefix=""):
    rng = np.random.default_rng(seed)
    rows = np.array([[CENTRE[kind]] * 5 for kind in kind_of.values()])
    rows = rows + rng.normal(0, spread, rows.shape)
    digests = [f"{prefix}{seed}{i}" for i in kind_of]
    return ClipFeatures(list(kind_of), rows[:, :3], rows[:, 3:], digests)


@pytest.fixture
def scene():
    kinds = {f"t{kind}{i}": kind for kind in KINDS for i in range(6)}
    same = {clip: clip for clip in kinds}
    test = SoundSet(Path("test"), {i: Path(i) for i in kinds}, {}, kinds, same)
    train_kinds = {f"r{kind}{i}": kind for kind in KINDS for i in range(10)}
    train = features(train_kinds, seed=1)
    judges = Judges(BLOCKS)
    train_same = {clip: clip for clip in train_kinds}
    judges.add("judge_train", Labelled.of(train, train_kinds, train_same, set(KINDS)))
    reference = features(kinds, seed=2)
    strangers = nearest(reference.embedding, train.embedding).distance
    return Scene(test, reference, judges, train, strangers, draws=50, seed=0)


def test_obedient_clips_are_right_and_shuffled_captions_are_not(scene):
    answers = Answers.of("ours", {"0": features(scene.test.kinds, 3)}, scene.test)
    row, records = score_row(answers, scene)
    assert row["judge_train"]["value"] == 1.0
    assert row["judge_train"]["times_chance"] == 2.0
    shuffled = shuffled_row(answers, scene)["judge_train"]
    assert shuffled["value"] == pytest.approx(0.5, abs=0.15)
    assert records[0]["label"] == records[0]["judge_train"] == "bell"


def test_disobedient_clips_are_wrong_though_they_sound_as_real(scene):
    right = features(scene.test.kinds, 3)
    moved = right.select(right.ids[6:] + right.ids[:6])  # drums for bells
    wrong = ClipFeatures(right.ids, moved.embedding, moved.statistics, moved.digests)
    good = score_row(Answers.of("good", {"": right}, scene.test), scene)[0]
    bad = score_row(Answers.of("bad", {"": wrong}, scene.test), scene)[0]
    assert good["judge_train"]["value"] == 1.0 and bad["judge_train"]["value"] == 0.0
    distances = [row["kernel_distance"]["value"] for row in (good, bad)]
    assert distances[0] == pytest.approx(distances[1])


def test_seeds_are_averaged_and_listed(scene):
    by_seed = {str(n): features(scene.test.kinds, 3 + n) for n in range(3)}
    row, records = score_row(Answers.of("ours", by_seed, scene.test), scene)
    assert row["clips"] == len(records) == 36 and row["seeds"] == ["0", "1", "2"]
    per_seed = row["kernel_distance"]["per_seed"]
    assert row["kernel_distance"]["value"] == pytest.approx(
        np.mean(list(per_seed.values())), rel=1e-4
    )
    assert set(row["judge_train"]["per_seed"]) == {"0", "1", "2"}


def test_the_order_of_a_wav_scp_does_not_matter(scene):
    forward = features(scene.test.kinds, 3)
    backward = forward.select(forward.ids[::-1])
    rows = [
        score_row(Answers.of("ours", {"": f}, scene.test), scene)[0]
        for f in (forward, backward)
    ]
    assert rows[0] == rows[1]


def test_copies_of_training_clips_are_reported_with_their_names(scene):
    names = [i.replace("t", "r", 1) for i in scene.test.ids]
    copies = scene.train.select(names)
    copies = ClipFeatures(
        scene.test.ids, copies.embedding, copies.statistics, copies.digests
    )
    row, records = score_row(Answers.of("copy", {"": copies}, scene.test), scene)
    assert row["copying"]["value"] == 1.0
    assert records[0]["nearest_train"] == names[0]
    assert records[0]["nearest_distance"] == 0.0


def test_clips_without_a_label_count_for_distances_only(scene):
    kinds = dict(scene.test.kinds)
    del kinds["tbell0"]
    test = SoundSet(Path("test"), scene.test.wavs, {}, kinds, scene.test.recordings)
    partial = Scene(test, scene.reference, scene.judges, draws=20)
    answers = Answers.of("ours", {"": features(scene.test.kinds, 3)}, test)
    row, records = score_row(answers, partial)
    assert row["judge_train"]["clips"] == 11 and row["clips"] == 12
    assert "label" not in records[0] and "copying" not in row


def test_several_captions_of_one_sound_enter_a_distance_once(scene):
    recordings = {clip: clip[:-1] + str(int(clip[-1]) // 2) for clip in scene.test.ids}
    test = SoundSet(Path("test"), scene.test.wavs, {}, scene.test.kinds, recordings)
    shared = features(scene.test.kinds, 3)
    digests = [recordings[clip] for clip in shared.ids]
    shared = ClipFeatures(shared.ids, shared.embedding, shared.statistics, digests)
    half = Scene(test, scene.reference, Judges(BLOCKS), draws=20)
    own = score_row(Answers.of("x", {"": shared}, test, own=True), half)[0]
    assert own["frechet_distance"]["clips"][0] == 6
    generated = score_row(Answers.of("x", {"": shared}, test), half)[0]
    assert generated["frechet_distance"]["clips"][0] == 12


def test_mel_distances_are_averaged_and_listed(scene):
    values = {"": np.arange(12.0)}
    clips = {"": features(scene.test.kinds, 3)}
    row, records = score_row(Answers.of("x", clips, scene.test, True, values), scene)
    assert row["mel_distance"]["value"] == 5.5
    assert records[3]["mel_l1_db"] == 3.0


def test_missing_and_extra_ids_are_refused_by_name(scene):
    kinds = dict(scene.test.kinds)
    del kinds["tbell0"]
    kinds["stranger"] = "bell"
    with pytest.raises(ValueError, match="lacks tbell0.*lacks stranger"):
        Answers.of("ours", {"0": features(kinds)}, scene.test)
