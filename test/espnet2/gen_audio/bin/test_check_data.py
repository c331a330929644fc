"""Clips that nothing can be learnt from are left out, with the reason."""

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.bin.check_data import main
from espnet2.gen_audio.kaldi.data_dir import DataFolder, read_data_dir, write_data_dir
from espnet2.gen_audio.recipe.rejects import Reject, read_rejects, write_rejects

WAVES = {
    "good": np.full(8000, 0.1),
    "late": np.r_[np.zeros(100000), 0.1],
    "short": np.full(1599, 0.1),
    "silent": np.zeros(8000),
    "hiss": np.full(8000, 3 / 32768),
    "long": np.full(160000, 0.1),
    "mute": np.full(8000, 0.1),
}


@pytest.fixture
def folder(tmp_path):
    paths = {}
    for key, wave in WAVES.items():
        paths[key] = str(tmp_path / f"{key}.flac")
        soundfile.write(paths[key], wave, 16000)
    files = {
        "wav.scp": paths,
        "text": {key: "A caption." for key in WAVES if key != "mute"},
        "utt2spk": {key: key for key in WAVES},
        "utt2num_samples": {key: str(len(wave)) for key, wave in WAVES.items()},
    }
    write_data_dir(DataFolder(files), tmp_path / "org")
    write_rejects(tmp_path / "org", [Reject("cut", "cut.wav", "truncated: x")])
    return tmp_path / "org"


def test_unusable_clips_are_left_out_and_listed_after_earlier_ones(folder, tmp_path):
    out = tmp_path / "out"
    main(["--data_dir", str(folder), "--output_dir", str(out), "--max_seconds", "9"])
    assert read_data_dir(out).utterances == ["good", "late"]
    reasons = {reject.id: reject.reason for reject in read_rejects(out)}
    assert reasons == {
        "cut": "truncated: x",
        "hiss": "digital silence: no sample above 0.0001",
        "long": "too long: 10.000 s, at most 9 s",
        "mute": "no caption in text",
        "short": "too short: 0.100 s, at least 0.1 s",
        "silent": "digital silence: no sample above 0.0001",
    }
    assert len(read_rejects(folder)) == 1  # the input stays, so the stage can run again


def test_without_a_longest_length_long_clips_stay(folder, tmp_path):
    main(["--data_dir", str(folder), "--output_dir", str(tmp_path / "out")])
    assert "long" in read_data_dir(tmp_path / "out").utterances


def test_an_empty_rest_is_refused_with_the_counts(folder, tmp_path, capsys):
    command = ["--data_dir", str(folder), "--output_dir", str(tmp_path / "out")]
    with pytest.raises(SystemExit) as ended:
        main([*command, "--min_seconds", "100"])
    assert ended.value.code == 1
    line = capsys.readouterr().err.splitlines()[-1]
    assert (
        "0 clips kept, 8 left out (1 no caption in text, 6 too short, 1 trunc" in line
    )
    assert not (tmp_path / "out" / "wav.scp").exists()
