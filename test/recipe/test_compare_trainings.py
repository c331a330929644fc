"""measure/compare_trainings.sh trains and scores variants with several seeds."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from stage_functions import RECIPE, call  # noqa: E402

# replaces run.sh: writes its arguments to a file, and scores that depend on the variant
RUN = """#!/usr/bin/env python3
import json, pathlib, sys
words = sys.argv[1:]
pathlib.Path("calls").open("a").write(json.dumps(words) + "\\n")
sys.exit(3) if "--fail" in words else None
option = dict(zip(words[::2], words[1::2]))
joint = option["--skip_joint"] == "false" or words.count("--skip_joint") == 2
out = pathlib.Path(f"exp/{'joint' if joint else 'ldm'}_{option['--ldm_tag']}")
out = out / option["--inference_tag"] / "score_test"
out.mkdir(parents=True, exist_ok=True)
value = 0.5 + int(option["--train_seed"]) / 10 + (0.2 if "--ldm_args" in words else 0)
metric = {"key": "a", "title": "accuracy", "digits": 2, "text": "", "unit": ""}
row = {"name": "predicted", "a": {"value": value}}
scores = {"metrics": [metric], "rows": [row]}
(out / "scores.json").write_text(json.dumps(scores))
"""
VARIANTS = """# name and options
first
second  --ldm_args "--optim muon --max_epoch 2"  # quotes keep words together
third   --vae_args "--vae_conf whitening=1" --loa_lm_args "--seed 1" --skip_joint false
"""


@pytest.fixture
def recipe(tmp_path):
    """A recipe folder as ./run.sh leaves it, with a replacement of run.sh."""
    (tmp_path / "utils").symlink_to(RECIPE / "utils")
    (tmp_path / "path.sh").write_text(f"PATH={Path(sys.executable).parent}:$PATH\n")
    (tmp_path / "measure").mkdir()
    shutil.copy(RECIPE / "measure" / "compare_trainings.sh", tmp_path / "measure")
    for part in ("audiomae", "loa_lm", "vocoder"):
        (tmp_path / "exp" / f"{part}_mini_0123abcd").mkdir(parents=True)
    for name in ("raw", "loa", "condition"):
        (tmp_path / "dump" / name).mkdir(parents=True)
    (tmp_path / "run.sh").write_text(RUN)
    (tmp_path / "run.sh").chmod(0o755)
    (tmp_path / "variants.txt").write_text(VARIANTS)
    return tmp_path


def compare(recipe, *options):
    words = ["measure/compare_trainings.sh", "--list", "variants.txt", *options]
    done = subprocess.run(words, cwd=recipe, capture_output=True, text=True)
    calls = recipe / "calls"
    lines = calls.read_text().splitlines() if calls.exists() else []
    return done, [json.loads(line) for line in lines]


def option(words, name):
    return words[len(words) - words[::-1].index(name)]


def test_every_variant_is_trained_with_every_seed_and_compared(recipe):
    done, calls = compare(recipe, "--seeds", "0 1", "--rows", "predicted")
    assert done.returncode == 0, done.stderr
    assert "| first | 0.50, 0.60 |" in done.stdout
    assert "| second | 0.70, 0.80 (+0.20 [+0.20, +0.20]) |" in done.stdout
    assert (recipe / "exp/compare/variants.md").read_text() in done.stdout
    assert [option(words, "--train_seed") for words in calls] == list("010101")
    assert len({option(words, "--ldm_tag") for words in calls}) == len(calls)
    assert option(calls[2], "--ldm_args") == "--optim muon --max_epoch 2"


def test_what_a_variant_does_not_change_is_shared(recipe):
    _, calls = compare(recipe, "--seeds", "0", "--rows", "predicted")
    first, second, third = calls
    lm = "exp/loa_lm_mini_0123abcd"
    assert option(first, "--loa_lm_exp") == option(second, "--loa_lm_exp") == lm
    assert "--loa_lm_exp" not in third  # the third trains its own GPT-2
    assert option(third, "--vocoder_exp") == "exp/vocoder_mini_0123abcd"
    dumps = [recipe / option(words, "--dumpdir") for words in calls]
    assert dumps[0] == dumps[1] != dumps[2]  # the third has another VAE
    for name in ("raw", "loa", "condition"):
        assert (dumps[2] / name).resolve() == (recipe / "dump" / name).resolve()


def test_a_training_that_fails_ends_the_comparison(recipe):
    (recipe / "variants.txt").write_text("first\nsecond --fail yes\nthird\n")
    done, calls = compare(recipe, "--seeds", "0", "--rows", "predicted")
    assert done.returncode != 0 and len(calls) == 2


def test_without_the_default_run_it_is_refused(recipe):
    shutil.rmtree(recipe / "exp" / "loa_lm_mini_0123abcd")
    done, calls = compare(recipe)
    assert done.returncode != 0 and not calls
    assert "one experiment loa_lm_*, but has 0" in done.stderr


def test_the_seed_of_all_trainings_reaches_each_and_names_its_folder(tmp_path):
    (tmp_path / "raw" / "train").mkdir(parents=True)
    (tmp_path / "raw" / "train" / "text").write_text("a a dog\n")
    (tmp_path / "raw" / "content.train").write_text("x")
    line = "args_of ldm; ldm"
    given = ("--dumpdir", tmp_path, "--ldm_args", "--max_epoch 2")
    code, plain, error = call(line, *given)
    assert code == 0, error
    assert plain.splitlines()[0] == "--max_epoch 2"
    seeded = call(line, *given, "--train_seed", "3")[1].splitlines()
    assert seeded[0] == "--seed 3 --max_epoch 2"  # a seed in ldm_args overrides it
    assert seeded[1] != plain.splitlines()[1]


def test_the_last_line_of_a_list_needs_no_end(recipe):
    (recipe / "variants.txt").write_text(VARIANTS.rstrip("\n"))
    _, calls = compare(recipe, "--seeds", "0", "--rows", "predicted")
    assert len(calls) == 3


@pytest.mark.parametrize(
    "text, options, message",
    [
        ("a --ldm_args '--seed 1\n", [], "line 1: a quotation mark is missing"),
        ("a\na\n", [], "line 2: a has two lines"),
        ("a/../b\n", [], "line 1: a/../b is no name"),
        ("a\r\nb\r\n", [], "is no name; use letters"),
        ("--ldm_args x\n", [], "line 1: --ldm_args is no name"),
        ("# nothing\n", [], "names no variant"),
        ("a\nb\n", ["--variants", "a c"], "--variants c: variants.txt has a b"),
        ("a\n", ["--seeds", " "], "--seeds is empty"),
        ("a\n", ["--seeds", "0 x"], "--seeds x: give whole numbers"),
        ("a\n", ["--list", "nowhere"], "--list nowhere: there is no such file"),
    ],
)
def test_a_list_is_read_whole_before_the_first_training(recipe, text, options, message):
    (recipe / "variants.txt").write_text(text)
    done, calls = compare(recipe, *options)
    assert done.returncode == 1 and not calls
    assert message in done.stderr.splitlines()[-1]
