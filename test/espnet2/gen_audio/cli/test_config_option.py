"""Options and the file of ``--config`` are plain data, refused where they misfit."""

import importlib
import os
from pathlib import Path

import pytest

from espnet2.gen_audio.bin import gen_audio_inference, ldm_train, score

CONF = Path(__file__).resolve().parents[4] / "egs2" / "audioldm2" / "conf"
COMMANDS = {"vae": "gan_vae", "vocoder": "gan_vocoder", "loa": "loa_lm"}

BOMB = "a0: &a0 {x: 1}\n" + "".join(
    f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)


def test_other_arguments_are_left_alone(tmp_path):
    (tmp_path / "a.yaml").write_text("steps: 1")
    for words in (
        [],
        ["--other", "x", "--config", str(tmp_path / "a.yaml"), "-3"],
    ):
        args, others = gen_audio_inference.get_parser().parse_known_args(words)
        assert args.seeds == [0]
        assert others == [word for word in words if word in ("--other", "x", "-3")]


def test_a_file_may_hold_what_config_yaml_stores_in_place_of_the_names_of_files(
    tmp_path,
):
    file = tmp_path / "config.yaml"
    file.write_text("latent_scale: 0.25\nnull_tokens: [[0.5, 1.0]]\n")
    args = ldm_train.get_parser().parse_args(["--config", str(file)])
    assert args.latent_scale == 0.25 and args.null_tokens == [[0.5, 1.0]]
    file.write_text("latent_scale: true\n")
    with pytest.raises(ValueError, match="latent_scale: got 'True'"):
        ldm_train.get_parser().parse_args(["--config", str(file)])


@pytest.mark.parametrize("command", [ldm_train, score, gen_audio_inference])
def test_a_command_refuses_pipes_and_bombs_in_one_line(tmp_path, capsys, command):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "bomb").write_text(BOMB)
    for option, name, message in (
        ("--config", "pipe", "is a pipe"),
        ("--conf", "bomb", "repeat .* values"),
    ):
        with pytest.raises(SystemExit):
            command.main([option, str(tmp_path / name)])
        (line,) = capsys.readouterr().err.splitlines()
        assert f"--config {tmp_path / name} " in line
        assert message.split(" .* ")[0] in line


@pytest.mark.parametrize(
    "command, text, message",
    [
        (gen_audio_inference, "steps: [1, 2]", "steps: got '[1, 2]'; give a single"),
        (gen_audio_inference, "steps: 0", "steps: got '0'; give a whole number of 1"),
        (gen_audio_inference, "steps: 2.5", "steps: got '2.5'; give a whole number"),
        (gen_audio_inference, "eta: true", "eta: got 'True'; give a number from 0"),
        (gen_audio_inference, "eta: .nan", "eta: got 'nan'; give a number from 0"),
        (gen_audio_inference, "seeds: 3", "seeds: got '3'; give a list"),
        (gen_audio_inference, "seeds: []", "got '[]'; give a list of one or more"),
        (gen_audio_inference, "seeds: ['3']", "give a number, without quotes"),
        (gen_audio_inference, "sources: predicted", "give a list"),
        (gen_audio_inference, "guidance_interval: [0]", "give a list of 2 values"),
        (gen_audio_inference, "dtype: nosuch", "give one of float32, bfloat16"),
        (gen_audio_inference, "dtype: null", "leave the line out"),
        (gen_audio_inference, "compile: 1", "give true or false"),
        (gen_audio_inference, "text: 5", "write it in quotes: '5'"),
        (gen_audio_inference, "loa_scp: {a: 1}", "give a single value"),
        (
            gen_audio_inference,
            "[steps, 3]",
            "holds a list, where lines 'option: value'",
        ),
        (gen_audio_inference, "", "holds nothing, where lines 'option: value'"),
        (gen_audio_inference, "steps: 1\nsteps: 2", "line 2: 'steps' has two values"),
        (score, "draws: 0", "draws: got '0'; give a whole number of 1"),
        (score, "draws: x", "argument --draws: got 'x'; give a whole number of 1"),
        (ldm_train, "optim_conf: [lr]", "give a mapping"),
        (ldm_train, "optim_conf: {lr: 1, lr: 2}", "'lr' has two values"),
        (ldm_train, "optim_conf: {lr: '1e-3'}", "1e-3 is a text in quotes; write"),
        (ldm_train, "optim_conf: {lr: 1e999}", "'1e999' is larger than all numbers"),
        (ldm_train, "max_epoch: 1e2", "max_epoch: got '100.0'; give a whole number"),
        (ldm_train, "max_epochs: 3", "unrecognized arguments: max_epochs (from"),
        (ldm_train, "model_conf: {a: 1_0}", "'1_0' is 10 in YAML"),
        (ldm_train, "max_epoch: 1:30", "'1:30' is 90 in YAML"),
        (ldm_train, "max_epoch: [3]", "max_epoch: got '[3]'; give a single value"),
        (ldm_train, "max_epoch: 2.0", "max_epoch: got '2.0'; give a whole number"),
        (ldm_train, "optim: nosuch", "optim: got 'nosuch'; give one of"),
        (ldm_train, "keep_nbest_models: x", "got 'x'; give a whole number"),
        (ldm_train, "best_model_criterion: [[a, b]]", "best_model_criterion: got"),
    ],
)
def test_a_value_that_its_option_would_refuse_is_refused(
    tmp_path, capsys, command, text, message
):
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(SystemExit):
        command.main(["--config", str(tmp_path / "a.yaml")])
    line = capsys.readouterr().err.splitlines()[-1]
    assert "error: " in line and message in line


def test_every_config_of_the_recipe_and_every_default_is_taken(tmp_path):
    files = sorted(CONF.rglob("train_*.yaml"))
    assert len(files) > 20
    commands = {
        path: f"{COMMANDS.get(part, part)}_train"
        for path in files
        for part in [path.stem.split("_")[1]]
    }
    commands |= {p: "gen_audio_inference" for p in CONF.rglob("inference.yaml")}
    for path, name in commands.items():
        command = importlib.import_module(f"espnet2.gen_audio.bin.{name}")
        command.get_parser().parse_args(["--config", str(path)])
    text = "keep_nbest_models: [3]\ngrad_clip: 5\nuse_amp: false\npatience: null\n"
    text += "best_model_criterion:\n- [train, loss, min]\n- - valid\n  - loss\n  - min"
    (tmp_path / "a.yaml").write_text(text)
    parser, words = ldm_train.get_parser(), ["--config", str(tmp_path / "a.yaml")]
    assert parser.parse_args(words).grad_clip == 5
    (tmp_path / "b.yaml").write_text("steps: '3'\neta: '0.5'")
    words = ["--config", str(tmp_path / "b.yaml")]
    args = gen_audio_inference.get_parser().parse_args(words)
    assert args.steps == 3 and args.eta == 0.5


@pytest.mark.parametrize(
    "words, message",
    [
        ("--optim_conf __import__('os').mkdir('MARK')", "give name=VALUE"),
        ("--optim_conf a=!!python/object/apply:os.mkdir ['MARK']", "could not"),
        ("--backbone_conf ['a', __import__('os').mkdir('MARK')]", "give name=VALUE"),
        ("--model_conf a=1_0", "'1_0' is 10 in YAML"),
        ("--max_epoch 1_0", "got '1_0'; give a whole number"),
        ("--grad_clip nan", "got 'nan'; give a number"),
        ("--patience \u0663", "got '\u0663'; give a whole number"),
    ],
)
def test_a_word_of_a_training_is_data_and_never_run(
    tmp_path, monkeypatch, capsys, words, message
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        ldm_train.get_parser().parse_args(words.split(" ", 1))
    line = capsys.readouterr().err.splitlines()[-1]
    assert f"argument {words.split()[0]}: " in line and message in line
    assert not list(tmp_path.iterdir())


def test_words_are_added_to_the_values_of_a_file(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("optim_conf: {lr: 1.0e-3, eps: 1e-8}\npatience: none\n")
    words = ["--config", str(file), "--optim_conf", "lr=1e-1", "--grad_clip", "inf"]
    args = ldm_train.get_parser().parse_args(words)
    assert args.optim_conf == {"lr": 0.1, "eps": 1e-8}
    assert args.patience is None and args.grad_clip == float("inf")
