"""The form of a clip: refusals, cutting, level, and what an encoder reads."""

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.metrics.encoders.clip_features import read_clip
from espnet2.gen_audio.metrics.encoders.clip_form import ClipForm
from espnet2.gen_audio.metrics.encoders.sound_end import without_quiet_end

TONE = 0.2 * np.sin(np.arange(4000) / 5) + 0.05


@pytest.fixture
def sound(tmp_path):
    def write(wave, rate=16000):
        path = tmp_path / "a.wav"
        soundfile.write(path, wave, rate, subtype="FLOAT")
        return path

    return write


def test_the_offline_form_is_what_the_recipes_encoder_reads(sound):
    path = sound(np.concatenate([TONE, np.zeros(3000)]))
    form = ClipForm(16000, seconds=0.64, level="peak_0.5", ending="until_quiet")
    geometry = ClipGeometry(seconds=0.64, downsample=8)
    expected = without_quiet_end(read_clip(path, geometry), 16000)
    np.testing.assert_array_equal(form.prepare(form.read(path)), expected)


def test_a_file_is_cut_and_its_level_is_unchanged(sound):
    wave = ClipForm(16000, seconds=0.1).read(sound(TONE))
    np.testing.assert_allclose(wave, TONE[:1600], atol=1e-7)
    form = ClipForm(16000, seconds=0.5, ending="padded")
    assert len(form.prepare(form.read(sound(TONE)))) == 8000


def test_another_rate_is_refused_unless_a_resampler_is_named(sound):
    path = sound(TONE, 8000)
    with pytest.raises(ValueError, match="a.wav: its rate is 8000 Hz and .* 16000 Hz"):
        ClipForm(16000).read(path)
    assert len(ClipForm(16000, resampler="torchaudio_sinc").read(path)) == 8000


@pytest.mark.parametrize(
    ("wave", "message"),
    [(np.zeros(0), "a.wav: "), (np.array([0.1, np.nan] * 99), "a.wav: not finite")],
)
def test_empty_and_nan_files_are_refused_by_name(sound, wave, message):
    with pytest.raises(ValueError, match=message):
        ClipForm(16000).read(sound(wave))


def test_silence_stays_silence_and_unknown_values_are_refused():
    form = ClipForm(16000, level="peak_0.5")
    assert not form.prepare(np.full(99, 1e-9, np.float32)).any()
    with pytest.raises(ValueError, match="level 'loud' is unknown"):
        ClipForm(16000, level="loud")
    with pytest.raises(ValueError, match="padded needs seconds"):
        ClipForm(16000, ending="padded")
