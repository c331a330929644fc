"""The command of the joint training: its options and its errors."""

import pytest
import yaml

from espnet2.gen_audio.bin.joint_train import get_parser, main


def test_the_parser_names_both_parts():
    args = get_parser().parse_args(
        ["--output_dir", "exp", "--loa_lm_config", "a.yaml", "--ldm_config", "b.yaml"]
    )
    assert (args.part, args.loa_lm_config, args.ldm_config) == (
        "joint",
        "a.yaml",
        "b.yaml",
    )


def test_the_config_of_another_part_is_refused_in_one_line(tmp_path, capsys):
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump({"part": "vae"}))
    words = ["--output_dir", str(tmp_path), "--loa_lm_config", str(config)]
    words += ["--ldm_config", str(config)]
    for mode in ("train", "valid"):
        for name in ("latent", "loa"):
            words += [f"--{mode}_data_path_and_name_and_type"]
            words += [f"{name}.scp,{name},kaldi_ark"]
        words += [f"--{mode}_shape_file", "shape"]
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert "config of a vae" in error and "loa_lm" in error
