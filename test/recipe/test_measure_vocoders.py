"""measure/measure_vocoders.py: the table for recordings' log mels and for the VAE's."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
import yaml

from espnet2.gen_audio.vae.build import build_vae
from espnet2.gen_audio.vae.mel_block_pca import block_moments
from espnet2.gen_audio.vocoder.build import build_vocoder

SCRIPT = Path(__file__).parents[2] / "egs2/audioldm2/measure/measure_vocoders.py"
GEOMETRY = {"seconds": 0.64, "n_mels": 16, "downsample": 2, "latent_channels": 4}
# as many components as values of a block: nothing is lost
VAE = {
    "part": "vae",
    "geometry_conf": GEOMETRY,
    "vae": "linear_mel_vae",
    "vae_conf": {"correction": False},
    "discriminator_conf": {"width": 4, "num_layers": 1},
    "best_model_criterion": [["valid", "mel_l1", "min"]],
}
VOCODER = {
    "part": "vocoder",
    "geometry_conf": GEOMETRY,
    "vocoder": "vocos",
    "vocoder_conf": {"channels": 8, "hidden": 16, "blocks": 1},
    "best_model_criterion": [["valid", "mel_l1", "min"]],
}


def write_experiment(folder, config, model):
    folder.mkdir()
    torch.save(model.state_dict(), folder / "valid.mel_l1.best.pth")
    (folder / "config.yaml").write_text(yaml.safe_dump(config))


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """Return the figures by vocoder and source of the log mel."""
    root = tmp_path_factory.mktemp("vocoders")
    torch.manual_seed(0)
    vae = build_vae(VAE)
    time, waves = np.arange(10240) / 16000, []
    for n in range(3):
        tone = np.sin(2 * np.pi * 300 * (n + 1) * time) * np.exp(-3 * time)
        waves.append(torch.tensor(0.3 * tone, dtype=torch.float32))
        soundfile.write(root / f"{n}.wav", waves[-1], 16000, subtype="FLOAT")
    mels = vae.log_mel(torch.stack(waves))
    vae.vae.linear.fit(block_moments(mels, 2).mean(dim=0))
    write_experiment(root / "vae", VAE, vae)
    write_experiment(root / "vocos", VOCODER, build_vocoder(VOCODER))
    (root / "wav.scp").write_text("".join(f"c{n} {root}/{n}.wav\n" for n in range(3)))
    specification = importlib.util.spec_from_file_location("measure_vocoders", SCRIPT)
    script = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(script)
    words = ["--vae_dir", f"{root}/vae", "--data_dir", f"{root}", "--clips", "2"]
    words += ["--output", f"{root}/table.md", "--vocoders"]
    sys.argv = ["measure_vocoders.py", *words, "griffin_lim", f"{root}/vocos"]
    script.main()
    lines = (root / "table.md").read_text().splitlines()[2:]
    cells = [line.strip("| ").split(" | ") for line in lines]
    return {(name, source): tuple(map(float, f)) for name, source, *f in cells}


def test_every_vocoder_has_a_row_for_either_log_mel(rows):
    sources = "recordings", "VAE"
    assert list(rows) == [(v, s) for v in ("griffin_lim", "vocos") for s in sources]
    assert all(value > 0 for figures in rows.values() for value in figures)


@pytest.mark.parametrize("vocoder", ["griffin_lim", "vocos"])
def test_a_vae_that_loses_nothing_changes_nothing(rows, vocoder):
    own, decoded = rows[vocoder, "recordings"], rows[vocoder, "VAE"]
    assert own[:2] == pytest.approx(decoded[:2], rel=0.02)


def test_an_untrained_vocoder_misses_the_log_mel(rows):
    for source in ("recordings", "VAE"):
        assert rows["griffin_lim", source][0] < 0.5 * rows["vocos", source][0]
