"""Dumping features: what is stored, and that batches and jobs do not change it."""

import numpy as np
import pytest
import soundfile
import torch
import yaml

from espnet2.gen_audio.audiomae.build import build_audiomae
from espnet2.gen_audio.audiomae.loa import pool_patches
from espnet2.gen_audio.bin.dump_loa import main
from espnet2.gen_audio.compat import read_matrices
from espnet2.gen_audio.feats.waveform import normalise_peak

CONFIG = {
    "part": "audiomae",
    "geometry_conf": {"seconds": 0.64},
    "encoder_conf": {"width": 16, "layers": 3, "heads": 2},
    "decoder_conf": {"width": 16, "layers": 2, "heads": 2},
    "model_conf": {"mask_ratio": 0.75},
    "best_model_criterion": [["valid", "loss", "min"]],
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
    model = build_audiomae(CONFIG)
    torch.save(model.state_dict(), folder / "exp" / "valid.loss.best.pth")
    (folder / "exp" / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    return folder


def dump(folder, name, *options):
    words = ["--data_dir", f"{folder}/data", "--model_dir", f"{folder}/exp"]
    main([*words, "--output_dir", f"{folder}/{name}", *options])
    return read_matrices(folder / name / "loa.scp")


@torch.no_grad()
def test_a_matrix_is_the_features_of_the_levelled_padded_clip(folder):
    stored = dump(folder, "all")
    assert list(stored) == ["clip0", "clip1", "clip2"]
    wave, _ = soundfile.read(folder / "clip0.wav", dtype="float32")
    audio = np.pad(normalise_peak(wave), (0, 10240 - len(wave)))
    torch.manual_seed(0)
    model = build_audiomae(CONFIG).eval()
    expected = model.patch_features(torch.from_numpy(audio)[None])[0].numpy()
    np.testing.assert_allclose(stored["clip0"], expected, rtol=0, atol=1e-5)
    shapes = (folder / "all" / "loa_shape").read_text().splitlines()
    assert shapes == [f"clip{n} 32,16" for n in range(3)]


def test_a_factor_pools_what_would_be_stored_without_it(folder):
    whole = dump(folder, "unpooled")
    pooled = dump(folder, "pooled", "--loa_factor", "4")
    for name in whole:
        patches = torch.from_numpy(np.array(whole[name]))[None]
        expected = pool_patches(patches, (4, 8), (4, 4))[0].numpy()
        np.testing.assert_allclose(pooled[name], expected, rtol=0, atol=1e-6)


def test_batch_size_and_jobs_change_no_more_than_rounding(folder):
    whole = dump(folder, "whole", "--batch_size", "3")
    (folder / "keys.1").write_text("clip2\n")
    alone = dump(folder, "job", "--key_file", f"{folder}/keys.1", "--batch_size", "1")
    assert list(alone) == ["clip2"]
    np.testing.assert_allclose(alone["clip2"], whole["clip2"], rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--loa_factor", "3"), "leaves a remainder"),
        (("--weights", "absent.pth"), "absent.pth does not exist"),
    ],
)
def test_what_cannot_be_done_ends_in_one_line(folder, capsys, options, message):
    with pytest.raises(SystemExit) as end:
        dump(folder, "bad", *options)
    assert end.value.code == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert "error:" in error and message in error
    assert not (folder / "bad" / "loa.scp").exists()
