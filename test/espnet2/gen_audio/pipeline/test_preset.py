"""Each difference between the two presets has an effect, and only where it should."""

import dataclasses

import pytest
import torch

from espnet2.gen_audio.pipeline.load import PartFolders, load_text2audio
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.preset import PRESETS, Behaviour, behaviour_of
from espnet2.gen_audio.pipeline.text2audio import Text2Audio

FAST = SamplingOptions(steps=2, eta=0.0)
CAPTIONS = {"a": "a dog barks", "b": "rain"}


def loudness(utt_id, caption, waves, rate):
    """Score sounds by their loudness, so that the best one is known."""
    return waves.square().mean(dim=1).tolist()


def with_behaviour(system, **changes):
    """Return the system with some differences of 'ours' changed, and a ranking."""
    behaviour = dataclasses.replace(PRESETS["ours"], **changes)
    parts = (system.loa_lm, system.ldm, system.vae, system.vocoder, system.encode)
    return Text2Audio(*parts, behaviour, loudness)


@pytest.fixture(autouse=True)
def padding_as_before(system):
    yield
    system.loa_lm.lm.sequence.padding = "strip"


def test_ours_is_the_default_and_an_unknown_name_is_refused():
    assert behaviour_of("ours") == Behaviour()
    assert behaviour_of(PRESETS["official"]) is PRESETS["official"]
    with pytest.raises(ValueError, match="'theirs' is unknown; use ours or official"):
        behaviour_of("theirs")


def test_both_presets_sample_with_the_published_noise():
    assert PRESETS["ours"].eta == PRESETS["official"].eta == SamplingOptions().eta


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
    ours = load_text2audio(folders, system.encode)
    official = load_text2audio(folders, system.encode, preset="official")
    difference = official.ldm.unet.net.conv_in.bias - ours.ldm.unet.net.conv_in.bias
    assert torch.allclose(difference, torch.tensor(7.0))


def test_sentence_vectors_are_replaced_by_a_draw_of_the_id(system):
    ids = [f"clip{n}" for n in range(40)]
    captions = ["a dog barks"] * len(ids)
    plain = with_behaviour(system).conditions(captions, ids)["sentence"]
    replacing = with_behaviour(system, clap_replaced=0.3)
    drawn = replacing.conditions(captions, ids)["sentence"]
    empty = system.encode([""])["sentence"][0]
    changed = [not torch.equal(a, b) for a, b in zip(plain, drawn)]
    assert 4 < sum(changed) < 24
    assert all(torch.equal(d, empty) for d, was in zip(drawn, changed) if was)
    # whatever the order, and not at all for captions without ids
    again = replacing.conditions(captions, ids[::-1])["sentence"].flip(0)
    assert torch.equal(again, drawn)
    assert torch.equal(replacing.conditions(captions)["sentence"], plain)


def test_a_negative_prompt_has_an_loa_of_its_own_or_is_refused(system):
    ours = with_behaviour(system)
    negative = dataclasses.replace(FAST, negative_prompt="rain")
    plain, led = ours(CAPTIONS, FAST), ours(CAPTIONS, negative)
    assert not torch.allclose(plain["a"], led["a"], atol=1e-3)
    null = ours.null(1, "rain")
    wanted = ours.heard(ours.conditions(["rain"]))
    assert torch.equal(null.loa.embedding, wanted.loa.embedding)
    assert (ours.null(1).loa.embedding == 0).all()
    with pytest.raises(ValueError, match="knows none; use --behaviour ours"):
        with_behaviour(system, negative_loa="refused")(CAPTIONS, negative)


def test_a_negative_prompt_may_be_longer_than_the_prompt(system):
    options = dataclasses.replace(FAST, negative_prompt="a long list of other things")
    assert with_behaviour(system)({"b": "rain"}, options)["b"].isfinite().all()


def test_candidates_are_ranked_for_each_caption_alone(system):
    ours = with_behaviour(system, candidates=3)
    made = ours.candidates(CAPTIONS, FAST)
    for utt_id, sounds in made.items():
        assert sorted(each.number for each in sounds) == [0, 1, 2]
        scores = [each.score for each in sounds]
        assert scores == sorted(scores, reverse=True)
        alone = ours.candidates({utt_id: CAPTIONS[utt_id]}, FAST)[utt_id]
        assert [a.number for a in alone] == [b.number for b in sounds]
    single = with_behaviour(system)(CAPTIONS, FAST)
    first = next(each for each in made["a"] if each.number == 0)
    torch.testing.assert_close(first.wave, single["a"], rtol=1e-4, atol=1e-5)


def test_the_best_alone_or_all_of_them_are_returned(system):
    best = with_behaviour(system, candidates=2, keep="best").candidates(CAPTIONS, FAST)
    every = with_behaviour(system, candidates=2).candidates(CAPTIONS, FAST)
    assert {len(sounds) for sounds in best.values()} == {1}
    assert {len(sounds) for sounds in every.values()} == {2}
    assert best["a"][0].number == every["a"][0].number


def test_several_candidates_without_a_ranking_are_refused(system):
    with pytest.raises(ValueError, match="2 candidates need a ranking"):
        system.candidates(CAPTIONS, FAST, 2)


def test_the_surplus_of_the_vocoder_is_cut_or_kept(system):
    from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN

    vocoder = HiFiGAN(system.ldm.geometry, upsample_initial_channel=32)
    parts = (system.loa_lm, system.ldm, system.vae, vocoder, system.encode)
    latent = torch.randn(1, *system.ldm.geometry.latent_shape)
    samples = system.ldm.geometry.samples
    for trim, surplus in ((True, 0), (False, 32)):
        behaviour = dataclasses.replace(PRESETS["ours"], trim=trim)
        wave = Text2Audio(*parts, behaviour).to_waveform(latent)
        assert wave.shape == (1, samples + surplus)


def test_padding_inside_the_sequence_lets_batch_mates_change_a_clip(system):
    def loa(padding, captions):
        made = with_behaviour(system, padding=padding)
        return made.predict_loa(made.conditions(captions))[0]

    short, both = ["rain"], ["rain", "a dog barks at a cat"]
    torch.testing.assert_close(loa("strip", short), loa("strip", both))
    difference = (loa("official", short) - loa("official", both)).abs().max()
    assert difference > 1e-3
