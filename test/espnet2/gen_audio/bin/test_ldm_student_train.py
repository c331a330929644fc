"""The training command of a student: its options and its errors."""

import pytest
import yaml

from espnet2.gen_audio.bin.ldm_student_train import get_parser, main


def test_the_parser_names_the_teacher():
    args = get_parser().parse_args(["--output_dir", "exp", "--teacher", "exp/ldm_a"])
    assert (args.part, args.teacher, args.ldm_conf) == ("ldm_student", "exp/ldm_a", {})


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (None, "--teacher None: a student needs the experiment of a trained"),
        ("vae", "holds a vae; give the experiment of a diffusion model"),
    ],
)
def test_a_teacher_that_is_none_is_refused_in_one_line(tmp_path, capsys, part, message):
    words = ["--output_dir", str(tmp_path / "out")]
    if part is not None:
        (tmp_path / "config.yaml").write_text(yaml.safe_dump({"part": part}))
        words += ["--teacher", str(tmp_path)]
    for mode in ("train", "valid"):
        words += [f"--{mode}_data_path_and_name_and_type", "l.scp,latent,kaldi_ark"]
        words += [f"--{mode}_shape_file", "shape"]
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert "error:" in error and message in error
