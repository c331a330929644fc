"""The store of encodings: rows of files in any order, frames, damage."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.encoders.encoding_store import EncodingStore

KEYS = [f"{n:064x}" for n in range(9)]


def row(n, frames=False):
    own = {"embedding": np.array([n, n / 3]), "levels": np.full(5, n)}
    return own | ({"frames": np.full((n + 1, 2), n)} if frames else {})


def filled(folder, frames=False):
    store = EncodingStore(folder)
    for first in (0, 3, 6):
        keys = KEYS[first : first + 3]
        store.add({k: row(first + n, frames) for n, k in enumerate(keys)})
    return store


@pytest.mark.parametrize("on_disk", [True, False])
def test_rows_of_several_files_come_back_in_the_order_of_their_keys(tmp_path, on_disk):
    store = filled(tmp_path / "store" if on_disk else None)
    store = EncodingStore(tmp_path / "store") if on_disk else store
    order = [7, 1, 4, 0, 7]
    found = store.rows([KEYS[n] for n in order], "embedding")
    np.testing.assert_array_equal(found, [[n, n / 3] for n in order])
    np.testing.assert_array_equal(found[1:3], [[1, 1 / 3], [4, 4 / 3]])
    np.testing.assert_array_equal(found[np.array([4, 0])], [[7, 7 / 3]] * 2)
    assert found[3].tolist() == [0, 0] and found.shape == (5, 2)
    assert store.rows(KEYS, "class_scores") is None and KEYS[8] in store


def test_an_encoding_of_no_numbers_is_kept(tmp_path):
    EncodingStore(tmp_path).add({KEYS[0]: {"embedding": np.zeros(0)}})
    assert np.asarray(EncodingStore(tmp_path).rows(KEYS[:1], "embedding")).shape == (
        1,
        0,
    )


def test_frames_are_those_of_their_clips_and_all_of_them_are_rows(tmp_path):
    filled(tmp_path, frames=True)
    frames = EncodingStore(tmp_path).frames([KEYS[5], KEYS[2], KEYS[8]])
    assert [len(one) for one in frames] == [6, 3, 9] and frames[1].tolist() == [
        [2, 2]
    ] * 3
    few = frames.select([2, 1])
    np.testing.assert_array_equal(few.rows, [[8, 8]] * 9 + [[2, 2]] * 3)


def test_damaged_files_and_missing_frames_cost_time_only(tmp_path):
    filled(tmp_path, frames=True)
    (damaged, *_), (missing, *_) = (
        [p for p in tmp_path.iterdir() if kind in p.name]
        for kind in ("records", "frames")
    )
    damaged.write_bytes(damaged.read_bytes()[:-30])
    missing.unlink()
    found = EncodingStore(tmp_path)
    lost = sum(key not in found for key in KEYS)
    assert lost == (
        3 if missing.name.split(".")[0] == damaged.name.split(".")[0] else 6
    )
