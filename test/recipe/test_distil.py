"""The student of the recipe: off unless asked for, and an input of generation."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from stage_functions import call  # noqa: E402

from espnet2.gen_audio.kaldi.data_dir import write_scp  # noqa: E402

PARTS = ("--audiomae_exp", "a", "--vae_exp", "v", "--loa_lm_exp", "l", "--ldm_exp", "d")
TAGS = ("--joint_tag", "j", "--ldm_student_tag", "s", "--use_vocoder", "griffin_lim")
MINI = ("--inference_config", "conf/mini/inference.yaml")


@pytest.fixture
def dump(tmp_path):
    for name in ("train", "valid"):
        write_scp(tmp_path / f"raw/{name}/text", {"a": "rain", "b": "a dog"})
        for stream in ("loa", "latent"):
            shapes = {"a": "4,8", "b": "2,8"}
            write_scp(tmp_path / f"{stream}/{name}/{stream}_shape", shapes)
    return tmp_path


def steps(dump, function, *options):
    folders = ("--dumpdir", dump, "--expdir", dump / "exp")
    code, out, error = call(function, *folders, *PARTS, *TAGS, *MINI, *options)
    assert code == 0, error
    return [line.split("\t") for line in out.strip().splitlines() if "step\t" in line]


def given(found, option):
    return [found[n + 1] for n, word in enumerate(found) if word == option]


def test_no_student_is_trained_unless_asked_for(dump):
    assert [step[1] for step in steps(dump, "train_joint")] == ["train_joint"]


def test_the_student_of_a_joint_training_follows_it(dump):
    joint, student = steps(dump, "train_joint", "--distil", "true")
    assert (joint[1], student[1]) == ("train_joint", "train_ldm_student")
    assert given(student, "--teacher") == [f"{dump}/exp/joint_j"]
    read = given(student, "--train_data_path_and_name_and_type")
    assert f"{dump}/latent/train/latent.scp,latent,kaldi_ark" in read
    assert f"{dump}/exp/ldm_student_s/latest.pth" in student


def test_without_a_joint_training_the_diffusion_model_is_the_teacher(dump):
    options = ("--distil", "true", "--skip_joint", "true")
    (student,) = steps(dump, "train_joint", *options)
    assert given(student, "--teacher") == ["d"]


def test_the_stage_is_skipped_only_if_it_has_neither():
    line = "if is_skipped 13; then echo skipped; else echo runs; fi"
    joint = ("--skip_joint", "true")
    for options, wanted in ((joint, "skipped"), ((*joint, "--distil", "true"), "runs")):
        assert call(line, *options)[1].strip() == wanted


@pytest.mark.parametrize("distil", ["true", "false"])
def test_generation_reads_the_student_and_has_a_folder_of_its_own(dump, distil):
    code, out, error = call(
        "generation_options; generation_dir",
        *("--dumpdir", dump, "--expdir", dump / "exp", "--distil", distil),
        *(*PARTS, *TAGS, *MINI),
    )
    assert code == 0, error
    assert (f"--student_dir\n{dump}/exp/ldm_student_s\n" in out) == (distil == "true")


def test_options_of_the_student_are_checked_with_those_of_stage_13():
    for options, wanted in (((), False), (("--distil", "true"), True)):
        code, out, error = call("options_to_check", *MINI, *options)
        assert code == 0, error
        found = out.split("\n")
        runs = [found[n + 1] for n, word in enumerate(found) if word == "--run"]
        assert ("ldm_student" in runs) == wanted


def test_latents_are_dumped_for_the_student_of_a_taken_diffusion_model(dump):
    taken = 'is_taken() { [ "$1" = ldm ]; }; best_of() { echo b; }; dump_latent'
    options = ("--dumpdir", dump, "--vae_exp", "v", "--skip_joint", "true")
    (dump / "latent").mkdir(exist_ok=True)
    for distil, dumped in (("true", True), ("false", False)):
        code, out, error = call(taken, *options, "--distil", distil)
        assert code == 0, error
        assert ("step\tdump_latent.train" in out) == dumped
