"""The training command of the diffusion model: its options and its errors."""

import pytest

from espnet2.gen_audio.bin.ldm_train import get_parser, main


def test_the_parser_has_the_options_of_the_part_and_of_espnet():
    args = get_parser().parse_args(
        ["--output_dir", "exp", "--unet_conf", "loa_dim=8", "--max_epoch", "3"]
    )
    assert (args.part, args.unet_conf, args.max_epoch) == ("ldm", {"loa_dim": 8}, 3)


@pytest.mark.parametrize(
    "option, value, message",
    [
        ("--latent_scale", "-2", "must be above 0"),
        ("--latent_scale", "nowhere", "neither a number nor a file"),
        ("--null_tokens", "nowhere.npy", "nowhere.npy"),
    ],
)
def test_values_that_cannot_be_used_end_in_one_line(
    tmp_path, capsys, option, value, message
):
    words = ["--output_dir", str(tmp_path), "--latent_scale", "1.0", option, value]
    for mode in ("train", "valid"):
        for name in ("latent", "loa"):
            words += [f"--{mode}_data_path_and_name_and_type"]
            words += [f"{name}.scp,{name},kaldi_ark"]
        words += [f"--{mode}_shape_file", "shape"]
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert "error:" in error and message in error
