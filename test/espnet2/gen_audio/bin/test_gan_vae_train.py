"""The autoencoder's training command: from sound files to a model that loads."""

import json

import pytest
import torch
import yaml

from espnet2.gen_audio.bin import compare_decoders
from espnet2.gen_audio.bin.gan_vae_train import main
from espnet2.gen_audio.checkpoint.experiment import load_experiment

CONFIG = {
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
    "loss_conf": {"disc_start": 1, "normalisation": "mean"},
    "model_conf": {"crop_frames": 16},
    "optim": "adam",
    "optim_conf": {"lr": 1.0e-3},
    "optim2": "adam",
    "optim2_conf": {"lr": 1.0e-3},
    "batch_type": "unsorted",
    "batch_size": 2,
    "max_epoch": 2,
    "num_workers": 0,
    "use_matplotlib": False,
    "use_tensorboard": False,
    "best_model_criterion": [["valid", "mel_l1", "min"]],
}


def options(data):
    words = ["--config", f"{data}/config.yaml", "--output_dir", f"{data}/exp"]
    for mode in ("train", "valid"):
        words += [f"--{mode}_data_path_and_name_and_type"]
        words += [f"{data}/wav.scp,audio,sound"]
        words += [f"--{mode}_shape_file", f"{data}/shape"]
    return words


def test_training_leaves_a_model_that_its_config_rebuilds(data):
    main(options(data))
    model = load_experiment(data / "exp")
    assert model.geometry.latent_shape == (3, 32, 8)
    assert model.generator_steps.item() in (2.0, 4.0)  # of the better epoch
    assert not any(p.requires_grad for p in model.parameters())


def test_a_config_that_does_not_fit_ends_in_one_line(data, capsys):
    with pytest.raises(SystemExit) as end:
        main([*options(data), "--vae_conf", "block_out_channels=[4,8,16]"])
    assert end.value.code == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert "error:" in error and "downsample is 2" in error


def test_a_light_decoder_is_trained_from_its_original_compared_and_resumed(
    data, capsys
):
    main(options(data))
    light = ["--vae", "light_mel_vae", "--vae_teacher", f"{data}/exp"]
    conf = {"decoder_channels": [4, 4], "decoder_layers": 1, "decoder_groups": 2}
    light += [w for k, v in conf.items() for w in ("--vae_conf", f"{k}={v}")]
    words = [w.replace(f"{data}/exp", f"{data}/light") for w in options(data)]
    main([*words, *light])
    main([*words, *light, "--resume", "true", "--max_epoch", "3"])
    original, made = (load_experiment(data / name) for name in ("exp", "light"))
    for name, weight in original.vae.net.encoder.state_dict().items():
        assert torch.equal(made.vae.net.encoder.state_dict()[name], weight)
    stored = yaml.safe_load((data / "light" / "config.yaml").read_text())
    assert stored["vae_teacher"] is None
    assert stored["vae_conf"]["block_out_channels"] == [4, 8]
    capsys.readouterr()
    written = data / "table.json"
    compare_decoders.main(
        [f"--data_dir={data}", f"--original={data}/exp", f"--output={written}"]
        + ["--vae_dirs", f"{data}/light", "--clips", "1"]
    )
    rows = json.loads(written.read_text())
    assert (
        list(rows) == ["original", "light"] and "| light |" in capsys.readouterr().out
    )
    assert rows["original"]["mel_l1_original"] == rows["original"]["stft_original"] == 0
    assert rows["light"]["mel_l1_original"] > 0 and rows["light"]["stft_original"] > 0
    assert 0 < rows["light"]["gmac"] < rows["original"]["gmac"]


def test_what_no_light_decoder_learns_from_is_refused_in_one_line(data, capsys):
    folder = data / "pca"
    folder.mkdir()
    (folder / "config.yaml").write_text("part: vae\nvae: linear_mel_vae\n")
    with pytest.raises(SystemExit):
        main([*options(data), "--vae", "light_mel_vae", "--vae_teacher", str(folder)])
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert "learns from a mel_vae" in error and "linear_mel_vae" in error
