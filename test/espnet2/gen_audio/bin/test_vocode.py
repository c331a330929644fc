"""The round trip: aligned, independent of jobs, and whose clips it takes."""

import numpy as np
import pytest
import soundfile
import torch
import yaml

from espnet2.gen_audio.bin.vocode import choose_clips, main
from espnet2.gen_audio.vae.build import build_vae

CONFIG = {
    "part": "vae",
    "geometry_conf": {
        "seconds": 0.64,
        "n_mels": 16,
        "downsample": 2,
        "latent_channels": 3,
    },
    "vae_conf": {
        "block_out_channels": [4, 8],
        "layers_per_block": 1,
        "norm_num_groups": 2,
    },
    "discriminator_conf": {"width": 4, "num_layers": 1},
    "best_model_criterion": [["valid", "mel_l1", "min"]],
}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("vocode")
    rng = np.random.default_rng(0)
    data, exp = root / "data", root / "exp"
    data.mkdir()
    exp.mkdir()
    tables = {"wav.scp": "", "utt2recording": ""}
    for number, length in enumerate([4000, 10240, 12000, 9000]):
        soundfile.write(root / f"c{number}.wav", 0.1 * rng.normal(size=length), 16000)
        tables["wav.scp"] += f"c{number} {root}/c{number}.wav\n"
        tables["utt2recording"] += f"c{number} r{number // 2}\n"
    for name, text in tables.items():
        (data / name).write_text(text)
    torch.manual_seed(0)
    torch.save(build_vae(CONFIG).state_dict(), exp / "valid.mel_l1.best.pth")
    (exp / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    return root


def run(root, name, *options):
    words = ["--data_dir", f"{root}/data", "--vae_dir", f"{root}/exp"]
    main([*words, "--output_dir", f"{root}/{name}", *options])
    lines = (root / name / "wav.scp").read_text().splitlines()
    return dict(line.split() for line in lines)


def test_every_clip_becomes_a_sound_of_clip_length(root):
    wavs = run(root, "all")
    assert list(wavs) == ["c0", "c1", "c2", "c3"]
    for path in wavs.values():
        info = soundfile.info(path)
        assert (info.frames, info.samplerate) == (10240, 16000)
        assert info.subtype == "PCM_16" and info.channels == 1


def test_sounds_do_not_depend_on_the_jobs(root):
    whole = run(root, "whole")
    (root / "keys").write_text("c2\n")
    part = run(root, "part", "--key_file", f"{root}/keys", "--wav_dir", f"{root}/there")
    assert list(part) == ["c2"] and part["c2"] == f"{root}/there/c2.flac"
    with open(whole["c2"], "rb") as one, open(part["c2"], "rb") as other:
        assert one.read() == other.read()


def test_copies_are_chosen_before_jobs_are_split(root):
    assert list(choose_clips(root / "data", None, 1)) == ["c0", "c2"]
    (root / "keys1").write_text("c1\nc2\n")
    assert list(choose_clips(root / "data", root / "keys1", 1)) == ["c2"]


def test_a_key_of_another_folder_is_refused(root):
    (root / "keys2").write_text("unknown\n")
    with pytest.raises(ValueError, match="unknown"):
        choose_clips(root / "data", root / "keys2", None)


def test_a_folder_of_another_part_ends_in_one_line(root, tmp_path, capsys):
    (tmp_path / "config.yaml").write_text("part: ldm\n")
    with pytest.raises(SystemExit):
        run(root, "x", "--vae_dir", str(tmp_path))
    assert "part 'ldm'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options", [("--wav_dir", "{}/own"), ("--output_dir", "{}/own")]
)
def test_recordings_and_their_list_are_not_written_over(root, options, capsys):
    own = root / "own"
    own.mkdir(exist_ok=True)
    soundfile.write(own / "c0.flac", np.zeros(9000), 16000)
    (own / "wav.scp").write_text(f"c0 {own}/c0.flac\n")
    before = {path: path.read_bytes() for path in own.iterdir()}
    words = ["--data_dir", f"{own}", "--vae_dir", f"{root}/exp"]
    words += ["--output_dir", f"{root}/elsewhere"]
    with pytest.raises(SystemExit):
        main([*words, *(word.format(root) for word in options)])
    assert "would be written over; give another" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in own.iterdir()} == before
