"""The file of ``--config`` is checked before the toolkit's parser opens it."""

import os

import pytest

from espnet2.gen_audio.bin import gen_audio_inference, ldm_train, score
from espnet2.gen_audio.recipe.config_option import check_config_option

BOMB = "a0: &a0 {x: 1}\n" + "".join(
    f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)


def test_other_arguments_plain_files_and_missing_ones_are_left_alone(tmp_path):
    (tmp_path / "a.yaml").write_text("seed: 1")
    for words in (
        [],
        ["--config"],
        ["--conf", "/dev/zero"],
        ["--config", str(tmp_path / "missing")],
        ["--other", "x", "--config", str(tmp_path / "a.yaml"), "-3"],
    ):
        check_config_option(words)


@pytest.mark.parametrize("command", [ldm_train, score, gen_audio_inference])
def test_a_command_refuses_pipes_and_bombs_in_one_line(tmp_path, capsys, command):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "bomb").write_text(BOMB)
    for name, message in (("pipe", "is a pipe"), ("bomb", "repeat .* values")):
        with pytest.raises(SystemExit):
            command.main(["--config", str(tmp_path / name)])
        (line,) = capsys.readouterr().err.splitlines()
        assert f"--config {tmp_path / name} " in line
        assert message.split(" .* ")[0] in line
