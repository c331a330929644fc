"""Options that name a system: its experiments, its encoder, and what is missing."""

import argparse

import pytest
import yaml

from espnet2.gen_audio.generation_options.model_options import (
    add_system_options,
    check_system,
    encoder_of,
    folders_of,
    refuse_without_student,
    system_of,
)
from espnet2.gen_audio.pipeline.options import preset_options
from espnet2.gen_audio.pipeline.text2audio import Text2Audio


def parsed(*words):
    parser = argparse.ArgumentParser()
    add_system_options(parser)
    parser.set_defaults(device="cpu", dtype="float32", behaviour="ours")
    return parser.parse_args(list(map(str, words)))


def test_the_encoder_of_speech_follows_from_the_config_of_the_training(tmp_path):
    speech = {
        "text_encoder": "phonemes",
        "lm_conf": {"condition_dims": {"sentence": 384, "tokens": 192}},
    }
    config = {"part": "joint", "loa_lm_conf": speech, "ldm_conf": {}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    args = parsed("--joint_dir", tmp_path)
    batch = encoder_of(args)(["a man | a"])
    assert batch["phonemes"].tolist() == [[43, 182]]
    assert batch["sentence"].shape == (1, 1, 384) and "tokens" not in batch
    args.behaviour = "official"
    assert encoder_of(args).reader.official


def test_experiments_are_named_part_by_part(tmp_path):
    words = ["--vae_dir", "v", "--ldm_dir", "d", "--loa_lm_dir", "l", "--weights", "w"]
    folders = folders_of(parsed(*words))
    assert [folders.vae.name, folders.ldm.name, folders.loa_lm.name] == ["v", "d", "l"]
    assert folders.weights == "w" and folders.vocoder == "griffin_lim"


def test_a_whole_system_is_opened_by_its_name(system, monkeypatch):
    names = []

    def opened(*arguments):
        names.append(arguments)
        return Text2Audio(system)

    monkeypatch.setattr(Text2Audio, "from_pretrained", opened)
    assert system_of(parsed("--model", "a/model", "--low_memory")) is system
    assert names == [("a/model", "ours", "cpu", "float32", True)]


@pytest.mark.parametrize(
    "words, message",
    [
        ([], "--vae_dir is missing and --model is None"),
        (["--vae_dir", "v", "--low_memory"], "--low_memory needs --model"),
    ],
)
def test_options_that_name_no_system_are_refused(words, message):
    with pytest.raises(ValueError, match=message):
        check_system(parsed(*words))
    check_system(parsed("--model", "x", "--low_memory"))


def test_experiments_without_generators_are_refused_before_an_encoder_is_loaded():
    with pytest.raises(ValueError, match="give either the folder of the joint"):
        system_of(parsed("--vae_dir", "v", "--tokens_encoder", "no/such"))


def test_a_student_is_named_beside_its_teacher_and_its_presets_need_it():
    words = ["--vae_dir", "v", "--ldm_dir", "d", "--loa_lm_dir", "l"]
    args = parsed(*words, "--student_dir", "s")
    assert folders_of(args).student.name == "s"
    refuse_without_student(preset_options("instant"), args)
    refuse_without_student(preset_options("fast"), parsed(*words))
    with pytest.raises(ValueError, match="--student_dir None: instant and fast2 need"):
        refuse_without_student(preset_options("instant"), parsed(*words))
    with pytest.raises(ValueError, match="--student_dir s belongs to the experiments"):
        check_system(parsed("--model", "m", "--student_dir", "s"))
