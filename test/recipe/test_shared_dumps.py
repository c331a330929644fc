"""Two --expdir may share a --dumpdir, but must not use each other's dumps."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from stage_functions import call  # noqa: E402

OPTIONS = ("--audiomae_exp", "first/audiomae_x", "--vae_exp", "first/vae_x")


@pytest.fixture
def dump(tmp_path):
    """Dumps that another run made with its own parts."""
    for name in ("loa", "latent", "condition"):
        (tmp_path / name).mkdir()
    functions = 'made_by loa "$(audiomae)"; made_by latent "$(vae)"; '
    functions += 'made_by condition "$(text dump_identity)"'
    assert call(functions, "--dumpdir", tmp_path, *OPTIONS)[0] == 0
    return tmp_path


def test_the_run_that_made_them_uses_them(dump):
    functions = "refuse_other_dumps loa latent condition"
    assert call(functions, "--dumpdir", dump, *OPTIONS)[0] == 0


@pytest.mark.parametrize(
    "options, kind, stage",
    [
        (("--audiomae_exp", "second/audiomae_x"), "loa", 8),
        (("--vae_exp", "second/vae_x"), "latent", 9),
        (("--tokens_encoder", "google/flan-t5-base"), "condition", 10),
    ],
)
def test_a_run_with_another_part_is_refused_and_told_what_to_do(
    dump, options, kind, stage
):
    functions = f"refuse_other_dumps {kind}"
    code, _, error = call(functions, "--dumpdir", dump, *OPTIONS, *options)
    assert code != 0
    assert error.count("\n") == 1
    assert f"{dump / kind} was made with " in error and options[1] in error
    assert f"from stage {stage}, or give each --expdir its own --dumpdir" in error


@pytest.mark.parametrize(
    "option",
    [("--features", "on_the_fly"), ("--dump_bits", "8"), ("--loa_factor", "4")],
)
def test_dumps_of_another_form_are_refused(dump, option):
    functions = "refuse_other_dumps loa"
    code, _, error = call(functions, "--dumpdir", dump, *OPTIONS, *option)
    assert code != 0
    assert f"this run uses first/audiomae_x {' '.join(option)}; make it again" in error
    made = 'made_by loa "$(form_of loa "$(audiomae)")"'
    assert call(made, "--dumpdir", dump, *OPTIONS, *option)[0] == 0
    assert call(functions, "--dumpdir", dump, *OPTIONS, *option)[0] == 0
    assert call(functions, "--dumpdir", dump, *OPTIONS)[0] != 0


def test_dumps_that_are_not_used_do_not_matter(dump):
    options = (*OPTIONS, "--vae_exp", "second/vae_x")
    assert call("refuse_other_dumps loa", "--dumpdir", dump, *options)[0] == 0


def test_dumps_of_earlier_releases_say_nothing_and_are_used(tmp_path):
    assert call("refuse_other_dumps loa", "--dumpdir", tmp_path, *OPTIONS)[0] == 0


@pytest.mark.parametrize(
    "function", ["train_loa_lm", "train_ldm", "train_joint", "generate", "score"]
)
def test_every_stage_that_uses_dumps_looks_who_made_them(dump, function):
    options = ("--audiomae_exp", "second/audiomae_x", "--loa_lm_tag", "t")
    options += ("--ldm_tag", "t", "--joint_tag", "t", "--vae_tag", "t")
    code, out, error = call(function, "--dumpdir", dump, *OPTIONS, *options)
    assert code != 0 and "step\t" not in out
    assert "was made with first/audiomae_x, but this run uses second/" in error
