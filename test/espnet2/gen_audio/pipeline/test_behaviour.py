"""Each difference between the two presets has an effect, and only where it should."""

import ast
import re
from dataclasses import fields, replace
from pathlib import Path

import pytest
import torch

from espnet2.gen_audio.pipeline.behaviour import (
    BEHAVIOURS,
    NOT_FOLLOWED,
    Behaviour,
    behaviour_of,
    differences,
)
from espnet2.gen_audio.pipeline.generate import generate
from espnet2.gen_audio.pipeline.load.experiments import PartFolders, load_experiments
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.request import Request

FAST = SamplingOptions(steps=2, eta=0.0)
REQUESTS = [Request("a", "a dog barks"), Request("b", "rain")]
PACKAGE = Path(__file__).parents[4] / "espnet2" / "gen_audio"


def sounds_of(system, options, **changes):
    """Return the sounds under some other behaviour."""
    behaviour = replace(BEHAVIOURS["ours"], **changes)
    made = generate(replace(system, behaviour=behaviour), REQUESTS, options)
    return {request.utt_id: sounds[0].wave for request, sounds in made}


def test_ours_is_the_default_and_an_unknown_name_is_refused():
    assert behaviour_of("ours") == Behaviour()
    assert behaviour_of(BEHAVIOURS["official"]) is BEHAVIOURS["official"]
    with pytest.raises(ValueError, match="'theirs' is unknown; use ours or official"):
        behaviour_of("theirs")


def fields_read(source: str) -> set[str]:
    """Return the names that a module reads of a behaviour, by its syntax tree."""
    read = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            owner = node.value
            if isinstance(owner, ast.Call):  # behaviour_of(name).field
                owner = owner.func
            name = getattr(owner, "attr", getattr(owner, "id", ""))
            if name in ("behaviour", "behaviour_of"):
                read.add(node.attr)
    return read


def test_every_difference_is_read_somewhere():
    read = set()
    for path in PACKAGE.rglob("*.py"):
        source = path.read_text("utf-8")
        if path.name == "behaviour.py":  # its own methods call it self
            source = source.replace("self.", "behaviour.")
        read |= fields_read(source)
    assert {each.name for each in fields(Behaviour)} <= read


def test_a_field_that_only_a_comment_names_is_not_read():
    source = """
def f(system):
    log('behaviour.named')  # system.behaviour.named
    system.behaviour.written = behaviour_of("ours").read + system.behaviour.too
"""
    assert fields_read(source) == {"read", "too"}


def test_every_difference_says_what_it_is_and_is_one():
    for each in fields(Behaviour):
        assert len(each.metadata["text"].split()) > 4, each.name
        assert each.metadata["official"] != each.default, each.name
        assert getattr(BEHAVIOURS["official"], each.name) == each.metadata["official"]
        assert type(each.metadata["official"]) is type(each.default), each.name


def listed(page: str) -> list[str]:
    """Return the items of the README's list of differences."""
    _, _, rest = page.partition("### Where it differs from the authors' program\n")
    section = re.split(r"^#", rest, flags=re.MULTILINE)[0]
    items = re.findall(r"^- (.+?)(?=\n\n|\n- |\Z)", section, re.MULTILINE | re.DOTALL)
    return [" ".join(item.split()) for item in items]


def test_the_readme_lists_the_differences_word_for_word():
    page = (PACKAGE.parents[1] / "README.md").read_text("utf-8")
    assert listed(page) == [*differences(), *NOT_FOLLOWED]
    assert listed(page.replace("ours: ema", "ours: raw")) != listed(page)


def test_steps_that_do_not_divide_the_schedule_are_counted_or_strided(
    system, monkeypatch
):
    seen = []
    forward = type(system.ldm.process).to_scheduler

    def record(process, predicted, noisy, step):
        seen.append(int(step[0]))
        return forward(process, predicted, noisy, step)

    monkeypatch.setattr(type(system.ldm.process), "to_scheduler", record)
    options = replace(FAST, steps=30)
    one = [REQUESTS[0]]
    for value in ("exact", "strided"):
        behaviour = replace(BEHAVIOURS["ours"], ddim_steps=value)
        list(generate(replace(system, behaviour=behaviour), one, options))
    exact, strided = seen[:30], seen[30:]
    assert exact == list(range(958, 0, -33)) and strided == list(range(991, 0, -33))


def test_other_solvers_run_the_steps_they_were_asked_for(system):
    options = SamplingOptions("dpm++", 3, 0.0)
    plain = sounds_of(system, options)["a"]
    strided = sounds_of(system, options, ddim_steps="strided")["a"]
    assert torch.equal(plain, strided)


def test_raw_or_averaged_weights(experiments, system, tmp_path):
    import shutil

    folder = tmp_path / "ldm"
    shutil.copytree(experiments["ldm"], folder)
    path = next(folder.glob("*.pth"))
    state = torch.load(path, weights_only=True)
    state["unet.net.conv_in.bias"] += 7.0  # the live weight leaves its average
    torch.save(state, path)
    folders = PartFolders(
        experiments["vae"], "griffin_lim", loa_lm=experiments["loa_lm"], ldm=folder
    )
    ours = load_experiments(folders, system.encoder)
    official = load_experiments(folders, system.encoder, behaviour="official")
    difference = official.ldm.unet.net.conv_in.bias - ours.ldm.unet.net.conv_in.bias
    assert torch.allclose(difference, torch.tensor(7.0))


def test_a_negative_prompt_has_an_loa_of_its_own_or_is_refused(system):
    negative = replace(FAST, negative_prompt="rain")
    plain, led = sounds_of(system, FAST), sounds_of(system, negative)
    assert not torch.allclose(plain["a"], led["a"], atol=1e-3)
    with pytest.raises(ValueError, match="has none; use --behaviour ours"):
        sounds_of(system, negative, negative_loa="refused")


def test_guided_away_from_its_own_prompt_a_sound_is_that_without_guidance(system):
    negative = replace(FAST, negative_prompt="rain", guidance_scale=3.0)
    alone = replace(FAST, guidance_scale=1.0)
    wanted = sounds_of(system, alone)["b"]
    torch.testing.assert_close(
        sounds_of(system, negative)["b"], wanted, rtol=0, atol=2e-3
    )


def test_a_negative_prompt_may_be_longer_than_the_prompt(system):
    options = replace(FAST, negative_prompt="a long list of other things")
    assert sounds_of(system, options)["b"].isfinite().all()
