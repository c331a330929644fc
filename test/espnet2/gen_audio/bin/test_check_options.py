"""Options that a late command would refuse are refused before the first stage."""

import json

import pytest

from espnet2.gen_audio.bin.check_options import main

KNOWN = {
    "common": {"max_epoch": "int", "batch_size": "int"},
    "trainings": {"vae": {"vae_conf": "any"}},
    "commands": {"inference": {"steps": "int", "config": "any"}},
}


@pytest.fixture
def place(tmp_path):
    (tmp_path / "options.json").write_text(json.dumps(KNOWN))
    (tmp_path / "vae.yaml").write_text("max_epoch: 2\nvae_conf: {}\n")
    (tmp_path / "geometry.yaml").write_text("seconds: 2.56\n")
    part = tmp_path / "exp" / "vae"
    part.mkdir(parents=True)
    (part / "config.yaml").write_text("part: vae\n")
    (part / "valid.loss.best.pth").write_bytes(b"weights")
    return tmp_path


def run(place, *words):
    words = [word.format(place=place) for word in words]
    main(["--table", str(place / "options.json"), *words])


def test_good_options_pass(place):
    run(
        place,
        *(
            "--geometry",
            "{place}/geometry.yaml",
            "--files",
            "token_list={place}/vae.yaml",
        ),
        *("--run", "vae", "{place}/vae.yaml", " --batch_size 2", "--seeds", "0 1 2"),
        *("--run", "inference", "", "", "--given", "vae", "{place}/exp/vae"),
        *("--encoders", "none"),
    )


@pytest.mark.parametrize(
    "words, message",
    [
        (("--geometry", "no.yaml"), "--geometry no.yaml: there is no such file"),
        (
            ("--geometry", "{place}/vae.yaml"),
            "vae.yaml: unknown geometry key max_epoch",
        ),
        (
            ("--files", "token_list=no.txt"),
            "--token_list no.txt: there is no such file",
        ),
        (
            ("--run", "vae", "no.yaml", ""),
            "--vae_config no.yaml: there is no such file",
        ),
        (
            ("--run", "vae", "{place}/geometry.yaml", ""),
            "geometry.yaml: the key seconds is unknown",
        ),
        (
            ("--run", "vae", "{place}/vae.yaml", " --max_epohc 2"),
            "--vae_args '--max_epohc 2': --max_epohc is unknown",
        ),
        (
            ("--run", "inference", "", " --steps many"),
            "--inference_args '--steps many': --steps many: give a number (int)",
        ),
        (
            ("--given", "vae", "{place}"),
            "has no config.yaml; give a trained experiment",
        ),
        (("--given", "ldm", "{place}/exp/vae"), "holds the part 'vae'"),
        (("--seeds", "0 one"), "--seeds '0 one': 'one' is no whole number"),
        (("--encoders", "/no/such/model"), "model '/no/such/model' is not a folder"),
    ],
)
def test_a_bad_option_ends_in_one_line_that_names_it(place, capsys, words, message):
    with pytest.raises(SystemExit) as ended:
        run(place, *words)
    error = capsys.readouterr().err
    assert ended.value.code == 2
    assert message in error and error.count("\n") == 1


def test_a_given_experiment_without_weights_is_refused(place, capsys):
    (place / "exp" / "vae" / "valid.loss.best.pth").unlink()
    with pytest.raises(SystemExit):
        run(place, "--given", "vae", "{place}/exp/vae")
    assert "has none of model.safetensors" in capsys.readouterr().err
