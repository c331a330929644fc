"""Dumping posteriors: what is stored, and that batches and jobs do not change it."""

import numpy as np
import pytest
import soundfile
import torch
import yaml

from espnet2.gen_audio.bin.dump_latent import main
from espnet2.gen_audio.compat import read_matrices
from espnet2.gen_audio.feats.waveform import normalise_peak
from espnet2.gen_audio.vae.build import build_vae
from espnet2.gen_audio.vae.posterior import frames_to_posterior

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
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dump")
    rng = np.random.default_rng(0)
    (folder / "data").mkdir()
    (folder / "exp").mkdir()
    lines = []
    for number, length in enumerate([4000, 10240, 12000]):
        path = folder / f"clip{number}.wav"
        soundfile.write(path, 0.1 * rng.normal(size=length), 16000)
        lines.append(f"clip{number} {path}\n")
    (folder / "data" / "wav.scp").write_text("".join(lines))
    torch.manual_seed(0)
    model = build_vae(CONFIG)
    torch.save(model.state_dict(), folder / "exp" / "valid.mel_l1.best.pth")
    (folder / "exp" / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    return folder, model.eval()


def dump(folder, name, *options):
    words = ["--data_dir", f"{folder}/data", "--model_dir", f"{folder}/exp"]
    main([*words, "--output_dir", f"{folder}/{name}", *options])
    return read_matrices(folder / name / "latent.scp")


@torch.no_grad()
def test_a_matrix_is_the_posterior_of_the_levelled_padded_clip(folder):
    folder, model = folder
    stored = dump(folder, "all")
    assert list(stored) == ["clip0", "clip1", "clip2"]
    wave, _ = soundfile.read(folder / "clip0.wav", dtype="float32")
    audio = np.pad(normalise_peak(wave), (0, 10240 - len(wave)))
    expected = model.vae.encode(model.log_mel(torch.from_numpy(audio)[None]))
    frames = torch.from_numpy(np.array(stored["clip0"]))[None]
    got = frames_to_posterior(frames, channels=3)
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)


def test_shapes_stand_beside_for_espnet(folder):
    dump(folder[0], "shapes")
    shapes = (folder[0] / "shapes" / "latent_shape").read_text().splitlines()
    assert shapes == [f"clip{n} 32,48" for n in range(3)]  # 32 frames, 2 x 3 x 8 values


def test_batch_size_and_jobs_change_no_more_than_rounding(folder):
    folder, _ = folder
    whole = dump(folder, "whole")
    singles = dump(folder, "singles", "--batch_size", "1", "--num_threads", "1")
    (folder / "keys.1").write_text("clip1\n")
    job = dump(folder, "job", "--key_file", f"{folder}/keys.1")
    assert list(job) == ["clip1"]
    for name in whole:
        np.testing.assert_allclose(singles[name], whole[name], rtol=0, atol=1e-5)
    np.testing.assert_allclose(job["clip1"], whole["clip1"], rtol=0, atol=1e-5)


def test_unknown_ids_and_wrong_parts_end_in_one_line(folder, capsys):
    folder, _ = folder
    (folder / "keys").write_text("clip9\n")
    with pytest.raises(SystemExit):
        dump(folder, "none", "--key_file", f"{folder}/keys")
    assert "clip9" in capsys.readouterr().err.splitlines()[-1]
    assert not (folder / "none" / "latent.scp").exists()
    other = folder / "other"
    other.mkdir()
    (other / "config.yaml").write_text(yaml.safe_dump({**CONFIG, "part": "vocoder"}))
    with pytest.raises(SystemExit):
        dump(folder, "none", "--model_dir", str(other))
    assert "'vocoder'" in capsys.readouterr().err.splitlines()[-1]
