"""Data and options that a late stage would refuse are refused early."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from stage_functions import RECIPE, call  # noqa: E402

from espnet2.gen_audio.kaldi.data_dir import write_scp  # noqa: E402

sys.path.insert(0, str(RECIPE / "scripts"))
import list_options  # noqa: E402


def test_the_table_of_options_is_that_of_the_commands():
    written = json.loads((RECIPE / "scripts" / "options.json").read_text())
    assert written == list_options.listed(), "run scripts/list_options.py again"


def names(functions, *options):
    """Return the options with which the recipe calls bin.check_options."""
    code, out, error = call(functions, *options)
    assert code == 0, error
    return out.split("\n")


def test_only_what_is_to_run_is_checked():
    mini = ("--inference_config", "conf/mini/inference.yaml")
    words = names("options_to_check", *mini)
    runs = [words[n + 1] for n, word in enumerate(words) if word == "--run"]
    parts = ["audiomae", "vae", "vocoder", "loa_lm", "ldm", "joint"]
    assert runs == [*parts, "inference"]
    words = names("options_to_check", *mini, "--stop_stage", "6", "--vae_exp", "exp/v")
    assert [words[n + 1] for n, word in enumerate(words) if word == "--run"] == parts[
        :1
    ]
    assert words[words.index("--given") + 1 :][:2] == ["vae", "exp/v"]
    words = names("options_to_check", *mini, "--skip_train", "true", "--g2p", "char")
    runs = [words[n + 1] for n, word in enumerate(words) if word == "--run"]
    assert runs == ["inference", "score_speech"]


def test_options_have_the_names_of_the_toolkits_recipes_too():
    words = ("--skip_data_prep", "true", "--test-sets", "eval", "--download_model", "x")
    told = names('echo "${skip_data} ${test_set} ${pretrained}"', *words)
    assert told[0] == "true eval x"
    seen = """refuse_other_dumps() { :; }; generation_options() { :; }
        generation_reads() { :; }; run_step() { echo "${nj} jobs, ${ngpu} GPUs"; }
        generate"""
    for options, wanted in (
        ((), "2 jobs, 0 GPUs"),
        (("--inference_nj", 7, "--gpu_inference", "true"), "7 jobs, 1 GPUs"),
        (("--nj", 3, "--ngpu", 2), "3 jobs, 2 GPUs"),
        (("--ngpu", 2, "--gpu_inference", "false"), "2 jobs, 0 GPUs"),
    ):
        assert names(seen, *options)[0] == wanted


@pytest.mark.parametrize(
    "options, message",
    [
        (("--joint_args", "--max_epohc 2"), "--joint_args '--max_epohc 2': "),
        (
            ("--vae_args", "--optim_conf lr=1_0"),
            "--optim_conf lr=1_0: line 1: '1_0' is",
        ),
        (
            ("--ldm_config", "conf/none.yaml"),
            "--ldm_config conf/none.yaml: there is no",
        ),
        (("--seeds", "0 x"), "--seeds '0 x': 'x' is no whole number"),
        (("--use_vocoder", "grifin_lim"), "--use_vocoder grifin_lim: give trained or"),
        (("--tokens_encoder", "/no/model"), "model '/no/model' is not a folder"),
        (("--gpu_inference", "yes"), "--gpu_inference takes true or false, not 'yes'"),
        (("--inference_nj", "0"), "--inference_nj takes a number above 0, not '0'"),
        (("--test_sets", "eval dev"), "--test_set 'eval dev': a run has one test set"),
    ],
)
def test_a_bad_option_ends_before_the_first_stage(tmp_path, options, message):
    here = ("--expdir", tmp_path, "--sentence_encoder", "none")
    code, _, error = call("check_options", *here, "--tokens_encoder", "none", *options)
    assert code == 2 and message in error and error.count("\n") == 1


@pytest.mark.parametrize(
    "option, value, remedy",
    [
        ("stage", "0", "give a whole number from 1"),  # would be the last stage
        ("stage", "1.5", "give a whole number from 1"),
        ("stop_stage", "08", "give a whole number from 1"),
        ("stage", "17", "give a stage before --stop_stage 16"),
        ("nj", "a[$(touch MARK)]", "give a whole number from 1"),
        ("ngpu", "-1", "give a whole number from 0"),
        ("augment_clips", "1e3", "give a whole number from 0"),
        ("train_seed", "99999999999999999999", "give a whole number from 0"),
        ("segment_hop", "1e999", "give a number of seconds"),
        ("min_seconds", "1_0", "give a number of seconds"),
        ("vae_tag", "../x", "give a name without spaces and slashes"),
        ("train_set", "a b", "give a name without spaces and slashes"),
    ],
)
def test_a_number_or_name_that_is_none_is_refused(option, value, remedy):
    code, _, error = call("check_own_options", f"--{option}", value)
    assert code == 2 and error == f"error: --{option} '{value}': {remedy}" + (
        " to 999999999\n" if "whole" in remedy else "\n"
    )
    assert not (RECIPE / "MARK").exists()


def test_the_recipe_refuses_such_an_option_before_its_first_stage(tmp_path):
    folders = [f"--{name}dir {tmp_path}/{name}" for name in ("data", "dump", "exp")]
    words = " ".join(["./gen_audio.sh", *folders, "--stage 0"]).split()
    done = subprocess.run(words, cwd=RECIPE, capture_output=True, text=True)
    message = "error: --stage '0': give a whole number from 1 to 999999999\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)


def test_numbers_of_the_recipe_may_have_an_exponent():
    words = "--min_seconds 5e-2 --segment_hop .5 --train_seed 7 --num_units 0".split()
    assert call("check_own_options", *words)[::2] == (0, "")


def test_options_that_were_found_good_are_looked_at_again_when_they_change(tmp_path):
    config = tmp_path / "train_vae.yaml"
    config.write_text("max_epoch: 2\n")
    options = ("--expdir", tmp_path, "--stage", "6", "--stop_stage", "6")
    options += ("--vae_config", config)
    assert call("check_options", *options)[0] == 0
    blind = "python3() { echo called; }; check_options"
    assert "called" not in call(blind, *options)[1]
    config.write_text("max_epohc: 2\n")
    code, _, error = call("check_options", *options)
    assert code == 2 and "the key max_epohc is unknown" in error


@pytest.fixture
def dump(tmp_path):
    """Data as stage 3 writes them: a test clip, a training clip without transcript."""
    for name, ids in (("train", "abc"), ("valid", "de"), ("test", "f")):
        folder = tmp_path / "raw" / name
        folder.mkdir(parents=True)
        write_scp(folder / "wav.scp", {key: f"{key}.flac" for key in ids})
        write_scp(folder / "utt2num_samples", {key: "16000" for key in ids})
        spoken = {key: "one" for key in ids if key != "b"}
        write_scp(folder / "transcript", spoken)
    return tmp_path


def test_one_test_clip_is_refused_if_it_is_to_be_scored(dump):
    code, _, error = call("check_demands", "--dumpdir", dump)
    assert code != 0 and "error: stage 15 would fail: " in error
    for last in (("--stop_stage", "14"), ("--skip_eval", "true")):
        code, _, error = call("check_demands", "--dumpdir", dump, *last)
        assert code == 0 and "error" not in error
    warned = call("check_demands", "--dumpdir", dump, "--stop_stage", "4")[2]
    assert "WARNING: stage 15 would fail: " in warned


def test_a_missing_transcript_is_refused_if_it_is_to_be_trained_on(dump):
    options = ("--dumpdir", dump, "--g2p", "char", "--stop_stage", "14")
    code, _, error = call("check_demands", *options)
    assert code != 0 and "error: stage 11 would fail: " in error and ": b;" in error
    taken = (*options, "--loa_lm_exp", "given", "--joint_exp", "given")
    assert call("check_demands", *taken)[0] == 0


def test_a_run_that_begins_later_checks_the_data_that_are_there(dump, tmp_path):
    options = ("--dumpdir", dump, "--stage", "14")
    assert call("check_earlier_demands", *options)[0] != 0
    assert call("check_earlier_demands", *options, "--stage", "16")[0] == 0
    assert call("check_earlier_demands", "--dumpdir", tmp_path / "none")[0] == 0
