"""Each difference between the two presets has an effect, and only where it should."""

from dataclasses import fields, replace
from pathlib import Path

import pytest
import torch

from espnet2.gen_audio.pipeline.generate import generate
from espnet2.gen_audio.pipeline.load.experiments import PartFolders, load_experiments
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.preset import PRESETS, Behaviour, behaviour_of
from espnet2.gen_audio.pipeline.request import Request

FAST = SamplingOptions(steps=2, eta=0.0)
REQUESTS = [Request("a", "a dog barks"), Request("b", "rain")]
PACKAGE = Path(__file__).parents[4] / "espnet2" / "gen_audio"


def sounds_of(system, options, **changes):
    """Return the sounds under some other behaviour."""
    behaviour = replace(PRESETS["ours"], **changes)
    made = generate(replace(system, behaviour=behaviour), REQUESTS, options)
    return {request.utt_id: sounds[0].wave for request, sounds in made}


def test_ours_is_the_default_and_an_unknown_name_is_refused():
    assert behaviour_of("ours") == Behaviour()
    assert behaviour_of(PRESETS["official"]) is PRESETS["official"]
    with pytest.raises(ValueError, match="'theirs' is unknown; use ours or official"):
        behaviour_of("theirs")


def test_every_difference_is_read_somewhere():
    texts = [path.read_text("utf-8") for path in PACKAGE.rglob("*.py")]
    for each in fields(Behaviour):
        used = f"behaviour.{each.name}", f"self.{each.name} =="
        assert any(use in text for text in texts for use in used), each.name


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
    official = load_experiments(folders, system.encoder, preset="official")
    difference = official.ldm.unet.net.conv_in.bias - ours.ldm.unet.net.conv_in.bias
    assert torch.allclose(difference, torch.tensor(7.0))


def test_a_negative_prompt_has_an_loa_of_its_own_or_is_refused(system):
    negative = replace(FAST, negative_prompt="rain")
    plain, led = sounds_of(system, FAST), sounds_of(system, negative)
    assert not torch.allclose(plain["a"], led["a"], atol=1e-3)
    with pytest.raises(ValueError, match="knows none; use --behaviour ours"):
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
