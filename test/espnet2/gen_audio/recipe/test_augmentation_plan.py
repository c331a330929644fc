"""Copies for small corpora: how many, of what, under which names."""

from collections import Counter

from espnet2.gen_audio.kaldi.data_dir import DataFolder
from espnet2.gen_audio.recipe.augmentation_plan import plan_copies


def folder_of(labels, recordings=None):
    files = {"wav.scp": {key: f"{key}.wav" for key in labels}, "utt2label": labels}
    if recordings:
        files["utt2recording"] = recordings
    return DataFolder(files)


def counts(copies):
    return {key: 1 + len(names) for key, names in copies.items()}


def test_the_wanted_total_is_met():
    labels = {f"c{i}": "cat" for i in range(3)} | {f"d{i}": "dog" for i in range(9)}
    copies = plan_copies(folder_of(labels), 37)
    assert sum(counts(copies).values()) == 37


def test_labels_with_few_recordings_get_more_copies():
    labels = {"c0": "cat", **{f"d{i}": "dog" for i in range(9)}}
    copies = counts(plan_copies(folder_of(labels), 20))
    assert copies["c0"] == 10
    assert sum(copies.values()) - copies["c0"] == 10


def test_recordings_of_a_label_share_its_copies():
    labels = dict.fromkeys("abcd", "dog")
    copies = counts(plan_copies(folder_of(labels), 14))
    assert sorted(copies.values()) == [3, 3, 4, 4]


def test_without_labels_all_clips_share_the_copies():
    folder = DataFolder({"wav.scp": {"a": "a.wav", "b": "b.wav"}})
    assert counts(plan_copies(folder, 6)) == {"a": 3, "b": 3}


def test_wordings_of_one_recording_take_turns():
    labels = dict.fromkeys(["a1", "a2", "b"], "dog")
    folder = folder_of(labels, {"a1": "a", "a2": "a", "b": "b"})
    assert counts(plan_copies(folder, 8)) == {"a1": 2, "a2": 2, "b": 4}


def test_no_copies_are_made_of_a_corpus_that_is_large_enough():
    labels = dict.fromkeys("abc", "dog")
    assert plan_copies(folder_of(labels), 3) == {"a": [], "b": [], "c": []}
    assert plan_copies(folder_of(labels), 0) == {"a": [], "b": [], "c": []}
    assert plan_copies(DataFolder({"wav.scp": {}}), 10) == {}


def test_names_of_copies_never_meet_other_names():
    labels = dict.fromkeys(["x", "x-a1"], "dog")
    copies = plan_copies(folder_of(labels), 20)
    names = list(labels) + [name for row in copies.values() for name in row]
    assert max(Counter(names).values()) == 1


def test_the_plan_does_not_depend_on_the_order_of_the_files():
    labels = {f"c{i}": "cat" for i in range(3)} | {f"d{i}": "dog" for i in range(4)}
    backwards = dict(reversed(labels.items()))
    one, two = (plan_copies(folder_of(rows), 30) for rows in (labels, backwards))
    assert one == two
