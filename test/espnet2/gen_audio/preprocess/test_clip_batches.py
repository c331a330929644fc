"""Reading clips for dumps: which ones, in which order, in which form."""

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.preprocess.clip_batches import choose_clips, read_batches

GEOMETRY = ClipGeometry(seconds=0.64)


@pytest.fixture
def data_dir(tmp_path):
    rng = np.random.default_rng(0)
    lines = []
    for name, rate, length in (("a", 16000, 20000), ("b", 8000, 3000), ("c", 16000, 9)):
        soundfile.write(tmp_path / f"{name}.wav", 0.1 * rng.normal(size=length), rate)
        lines.append(f"{name} {tmp_path}/{name}.wav\n")
    (tmp_path / "wav.scp").write_text("".join(lines))
    return tmp_path


def test_every_clip_comes_once_in_order_with_one_length_and_level(data_dir):
    batches = list(read_batches(choose_clips(data_dir), GEOMETRY, 2))
    assert [names for names, _ in batches] == [["a", "b"], ["c"]]
    for _, audio in batches:
        assert audio.shape[1] == GEOMETRY.samples
        assert np.allclose(audio.abs().amax(dim=1), 0.5)
    assert not batches[0][1][1, 6001:].any()  # 3000 samples at half the rate


def test_a_key_file_chooses_clips(data_dir):
    (data_dir / "keys").write_text("b\nc anything\n")
    assert list(choose_clips(data_dir, data_dir / "keys")) == ["b", "c"]


def test_an_unknown_key_is_refused_by_name(data_dir):
    (data_dir / "keys").write_text("b\nx\n")
    with pytest.raises(ValueError, match="names x"):
        choose_clips(data_dir, data_dir / "keys")


def test_a_folder_without_clips_is_refused(tmp_path):
    (tmp_path / "wav.scp").write_text("")
    with pytest.raises(ValueError, match="names no clip"):
        choose_clips(tmp_path)
