"""The training command of the LOA language model: its options and its errors."""

import kaldiio
import numpy as np
import pytest

from espnet2.gen_audio.bin.loa_lm_train import get_parser, main


def test_the_parser_has_the_options_of_the_part_and_of_espnet():
    args = get_parser().parse_args(
        ["--output_dir", "exp", "--lm_conf", "width=8", "--max_epoch", "3"]
    )
    assert (args.part, args.lm_conf, args.max_epoch) == ("loa_lm", {"width": 8}, 3)
    assert args.text_encoder == "none"


def test_a_config_that_does_not_fit_ends_in_one_line(tmp_path, capsys):
    index = tmp_path / "loa.scp"
    rows = {"a": np.zeros((4, 8), np.float32)}
    kaldiio.save_ark(str(tmp_path / "loa.ark"), rows, scp=str(index))
    data = ["--train_data_path_and_name_and_type", f"{index},loa,kaldi_ark"]
    data += ["--valid_data_path_and_name_and_type", f"{index},loa,kaldi_ark"]
    with pytest.raises(SystemExit) as end:
        main(
            ["--output_dir", str(tmp_path), "--lm_conf", "depth=3", *data]
            + ["--train_shape_file", "x", "--valid_shape_file", "x"]
        )
    assert end.value.code == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert "error:" in error and "depth" in error
