"""The table of decoders: what is measured, and what is refused."""

import pytest
import torch
import yaml

from espnet2.gen_audio.bin.compare_decoders import (
    ORIGINAL,
    Row,
    lines_of,
    main,
    measure,
)
from espnet2.gen_audio.vae.build import build_vae
from espnet2.gen_audio.vocoder.griffin_lim import GriffinLim

GEOMETRY = {"seconds": 0.64, "n_mels": 16, "downsample": 2, "latent_channels": 3}
CONF = {"block_out_channels": [4, 8], "layers_per_block": 1, "norm_num_groups": 2}
LIGHT = {"decoder_channels": [2, 4], "decoder_layers": 1, "decoder_groups": 2}


def test_distances_are_sums_of_the_means_of_the_clips():
    torch.manual_seed(0)
    original = build_vae({"geometry_conf": GEOMETRY, "vae_conf": CONF})
    light = build_vae(
        {"geometry_conf": GEOMETRY, "vae": "light_mel_vae", "vae_conf": CONF | LIGHT}
    )
    decoders = {ORIGINAL: original.vae.eval(), "light": light.vae.eval()}
    audio = 0.1 * torch.randn(1, 10240)
    mel = original.log_mel(audio)
    rows = {name: Row() for name in decoders}
    for _ in range(2):
        to_wave = GriffinLim(original.geometry, 2)
        measure(decoders, to_wave, mel, audio, rows)
    with torch.no_grad():
        latent = original.vae.encode(mel)[0]
        mels = {name: vae.decode(latent) for name, vae in decoders.items()}
    wanted = 2 * (mels["light"] - mels[ORIGINAL]).abs().mean().item()
    assert rows["light"].mel_l1_original == pytest.approx(wanted, rel=1e-4)
    wanted = 2 * (mels["light"] - mel).abs().mean().item()
    assert rows["light"].mel_l1 == pytest.approx(wanted, rel=1e-4)
    assert rows[ORIGINAL].stft_original == 0 < rows[ORIGINAL].stft
    assert len(lines_of(rows)) == 4 and "| light | " in lines_of(rows)[-1]


def test_autoencoders_of_other_latents_are_refused_in_one_line(tmp_path, capsys):
    folders = {"a": GEOMETRY, "b": GEOMETRY | {"latent_channels": 4}}
    for name, geometry in folders.items():
        config = {"part": "vae", "geometry_conf": geometry, "vae_conf": CONF}
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.yaml").write_text(yaml.safe_dump(config))
        state = build_vae(config).state_dict()
        torch.save(state, tmp_path / name / "valid.mel_l1.best.pth")
    words = [f"--data_dir={tmp_path}", f"--output={tmp_path / 'o.json'}"]
    with pytest.raises(SystemExit):
        main(
            [*words, f"--original={tmp_path / 'a'}", "--vae_dirs", f"{tmp_path / 'b'}"]
        )
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert "give autoencoders of one latent" in error
