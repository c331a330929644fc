"""Reading sets: resumed after a kill, by content, whatever parts and threads."""

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.metrics.encoders import set_reader
from espnet2.gen_audio.metrics.encoders.clip_form import ClipForm
from espnet2.gen_audio.metrics.encoders.encoding import Encoding
from espnet2.gen_audio.metrics.encoders.set_reader import LEVELS, SetReader

FORM = ClipForm(16000)


class Counting:
    """Counts what it encodes, and may be killed at a clip."""

    name, sha256, gives = "counting", "0", ("embedding", "class_scores")

    def __init__(self, last=None):
        self.calls, self.last = 0, last

    def encode(self, wave, rate):
        self.calls += 1
        if self.calls == self.last:
            raise KeyboardInterrupt
        return Encoding(np.array([wave.mean(), wave.std()]), np.array([wave[0]]))


@pytest.fixture
def wavs(tmp_path):
    found, rng = {}, np.random.default_rng(0)
    for n in range(7):
        found[f"c{n}"] = tmp_path / f"{n}.wav"
        soundfile.write(found[f"c{n}"], rng.uniform(-1, 1, 4000) / 2, 16000)
    return found


def test_a_run_that_was_killed_goes_on_and_gives_the_same(wavs, tmp_path, monkeypatch):
    monkeypatch.setattr(set_reader, "PART", 2)
    with pytest.raises(KeyboardInterrupt):
        SetReader(Counting(6), FORM, tmp_path / "store").read(wavs, "sounds")
    again = Counting()
    resumed = SetReader(again, FORM, tmp_path / "store").read(wavs, "sounds")
    assert again.calls == 3  # two parts of two clips were kept
    fresh = SetReader(Counting(), FORM).read(wavs, "sounds")
    for name in ("embedding", "class_scores", "levels"):
        np.testing.assert_array_equal(getattr(resumed, name), getattr(fresh, name))


def test_parts_and_threads_change_nothing(wavs, monkeypatch):
    whole = SetReader(Counting(), FORM).read(wavs, "sounds")
    monkeypatch.setattr(set_reader, "PART", 3)
    parts = SetReader(Counting(), FORM, num_threads=3).read(wavs, "sounds")
    np.testing.assert_array_equal(parts.embedding, whole.embedding)
    assert parts.digests == whole.digests and parts.ids == list(wavs)


def test_a_changed_file_and_another_form_are_encoded_again(wavs, tmp_path):
    store = tmp_path / "store"
    SetReader(Counting(), FORM, store).read(wavs, "sounds")
    soundfile.write(wavs["c0"], np.full(4000, 0.25), 16000)
    changed = Counting()
    SetReader(changed, FORM, store).read(wavs, "sounds")
    assert changed.calls == 1
    other = Counting()
    SetReader(other, ClipForm(16000, seconds=0.1), store).read(wavs, "sounds")
    assert other.calls == 7


class Several(Counting):
    """Takes three clips at once."""

    batch = 3

    def __init__(self):
        super().__init__()
        self.counts = []

    def encode_many(self, waves, rate):
        self.counts.append(len(waves))
        return [self.encode(wave, rate) for wave in waves]


def test_an_encoder_gets_as_many_clips_at_once_as_it_likes_and_none_twice(
    wavs, tmp_path
):
    alone = SetReader(Counting(), FORM).read(wavs, "sounds")
    several = SetReader(Several(), FORM, tmp_path / "store")
    found = several.read(wavs, "sounds")
    np.testing.assert_array_equal(found.embedding, alone.embedding)
    assert several.encoder.counts == [3, 3, 1]
    soundfile.write(wavs["c1"], np.full(4000, 0.25), 16000)
    again = SetReader(Several(), FORM, tmp_path / "store")
    again.read(wavs, "sounds")
    assert again.encoder.counts == [1]


class Framing(Counting):
    """Has as many frames as a clip has thousands of samples."""

    def encode(self, wave, rate):
        frames = wave[: len(wave) // 1000 * 1000].reshape(-1, 1000)[:, :3]
        return Encoding(frames.mean(0), frames=frames)


def test_frames_of_clips_of_any_length_are_kept_and_read_again(wavs, tmp_path):
    soundfile.write(wavs["c2"], np.full(2000, 0.25), 16000)
    store = tmp_path / "store"
    first = SetReader(Framing(), FORM, store, keeps_frames=True).read(wavs, "sounds")
    again = SetReader(Framing(), FORM, store, keeps_frames=True).read(wavs, "sounds")
    assert [len(one) for one in first.frames] == [4, 4, 2, 4, 4, 4, 4]
    for one, other in zip(first.frames, again.frames):
        np.testing.assert_array_equal(one, other)
    vectors, groups = first.select(["c2", "c0"]).vectors(["x", "y"])
    assert vectors.shape == (6, 3) and groups == ["x"] * 2 + ["y"] * 4
    plain = SetReader(Framing(), FORM, store).read(wavs, "sounds")
    assert plain.frames is None and plain.vectors(list(wavs))[0].shape == (7, 3)


def test_levels_are_those_of_the_file_and_clips_can_be_made(wavs):
    soundfile.write(wavs["c0"], np.full(4000, 0.25), 16000, subtype="FLOAT")
    reader = SetReader(Counting(), FORM)
    levels = dict(zip(LEVELS, reader.read(wavs, "sounds").levels[0]))
    assert levels["dc_offset"] == 0.25 and levels["duration"] == 0.25
    made = reader.computed({"a": lambda: np.ones(9, np.float32)}, "made")
    assert np.asarray(made.embedding).tolist() == [[1, 0]]


def test_a_damaged_part_costs_time_only(wavs, tmp_path):
    SetReader(Counting(), FORM, tmp_path / "store").read(wavs, "sounds")
    (part,) = (tmp_path / "store").glob("*.records.npy")
    part.write_bytes(part.read_bytes()[:-30])
    again = Counting()
    SetReader(again, FORM, tmp_path / "store").read(wavs, "sounds")
    assert again.calls == 7


def test_the_recipes_log_mel_is_read_at_its_rate(wavs):
    reader = SetReader(Counting(), ClipForm(16000, seconds=0.64))
    assert reader.log_mel(list(wavs.values())).shape == (7, 64, 64)
