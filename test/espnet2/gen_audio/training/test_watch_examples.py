"""Sounds and pictures of validation clips; ``test/ranks`` reads TensorBoard's files."""

import logging
import sys
from argparse import Namespace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import yaml

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.training import watch_examples
from espnet2.gen_audio.training.examples import Examples
from espnet2.gen_audio.training.watch_examples import (
    picture_of,
    show_examples,
    take_clips,
    watching,
)
from espnet2.gen_audio.vae.build import build_vae


class Writer:
    def __init__(self):
        self.sounds, self.pictures = {}, {}

    def add_audio(self, tag, sound, step, rate):
        self.sounds[tag, step] = (sound, rate)

    def add_image(self, tag, image, step, dataformats):
        self.pictures[tag, step] = (image, dataformats)


class Clips:
    """Validation in batches of three."""

    def build_iter(self, epoch):
        return iter([(["a", "b", "c"], {"x": torch.arange(3.0)})])


class Model(torch.nn.Module):
    geometry = ClipGeometry(seconds=0.64, n_mels=16)

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))


@pytest.fixture
def seen(monkeypatch):
    """What a model was asked to make, and it makes sounds of its clips' numbers."""
    calls = []

    def made(model, batch, ids, to_mel):
        calls.append((batch["x"].tolist(), ids, model.training, to_mel))
        mel = batch["x"][:, None, None].expand(-1, 64, 16)
        return Examples(mel, torch.full((len(ids), 10240), 2.0), mel + 1.0)

    monkeypatch.setattr(watch_examples, "examples_of", made)
    return calls


def show(writer, clips=2, use_wandb=False, model=None):
    model = (model or Model()).train()
    options = Namespace(watch_clips=clips, watch_vae=None, watch_vocoder="griffin_lim")
    with watching(options):
        take_clips(Clips())
        show_examples(model, writer, use_wandb, 7)
    return model


def test_the_first_clips_of_validation_are_shown_after_an_epoch(seen):
    writer = Writer()
    model = show(writer)
    assert seen == [([0.0, 1.0], ["a", "b"], False, None)] and model.training
    assert set(writer.sounds) == {("sound/a", 7), ("sound/b", 7)}
    sound, rate = writer.sounds["sound/a", 7]
    assert sound.shape == (1, 10240) and rate == 16000 and float(sound.max()) == 1.0
    picture, form = writer.pictures["mel/b", 7]
    assert picture.shape == (16, 64 + 2 + 64, 3) and form == "HWC"


def test_without_clips_or_without_a_reader_nothing_is_made(seen):
    show(Writer(), clips=0)
    show(None)
    show_examples(Model(), Writer(), False, 1)  # outside of any training
    assert seen == []


def test_only_the_first_process_shows(seen, monkeypatch):
    monkeypatch.setattr(watch_examples, "own_rank", lambda: 1)
    show(Writer())
    assert seen == []


def test_wandb_gets_them_too(seen, monkeypatch):
    logged = {}
    fake = SimpleNamespace(
        Audio=lambda sound, rate: ("sound", len(sound), rate),
        Image=lambda image: ("image", image.shape),
        log=logged.update,
    )
    monkeypatch.setitem(sys.modules, "wandb", fake)
    show(None, use_wandb=True)
    assert logged["sound/a"] == ("sound", 10240, 16000)
    assert logged["mel/b"] == ("image", (16, 130, 3))


def test_a_model_that_makes_no_sound_says_so_once(caplog, monkeypatch):
    monkeypatch.setattr(watch_examples, "examples_of", lambda *args: None)
    options = Namespace(watch_clips=1, watch_vae=None, watch_vocoder="griffin_lim")
    with caplog.at_level(logging.INFO), watching(options):
        take_clips(Clips())
        for epoch in (1, 2):
            show_examples(Model(), Writer(), False, epoch)
    assert len([m for m in caplog.messages if "watch_clips 1 shows nothing" in m]) == 1


def test_a_mel_without_a_sound_gets_that_of_a_vocoder(monkeypatch):
    mel = torch.full((2, 64, 16), -3.0)
    monkeypatch.setattr(watch_examples, "examples_of", lambda *args: Examples(mel))
    writer = Writer()
    show(writer)
    sound, _ = writer.sounds["sound/a", 7]
    assert sound.shape == (1, 10240) and float(sound.abs().max()) > 0.0


def test_latents_of_an_autoencoder_without_networks_are_decoded(tmp_path, monkeypatch):
    config = {
        "part": "vae",
        "geometry_conf": {"seconds": 0.64, "n_mels": 16, "downsample": 4},
        "vae": "linear_mel_vae",
        "vae_conf": {"correction": False},
        "discriminator_conf": {"width": 4, "num_layers": 1},
        "best_model_criterion": [["valid", "mel_l1", "min"]],
    }
    vae = build_vae(config)
    vae.vae.linear.mean.fill_(-3.0)  # all blocks, as no component is set
    torch.save(vae.state_dict(), tmp_path / "valid.mel_l1.best.pth")
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    latents, writer, mels = torch.randn(2, 8, 16, 4), Writer(), []

    def made(model, batch, ids, to_mel):
        mels.append(to_mel(latents))
        return Examples(mels[0])

    monkeypatch.setattr(watch_examples, "examples_of", made)
    options = Namespace(watch_clips=2, watch_vae=tmp_path, watch_vocoder="griffin_lim")
    with watching(options):
        take_clips(Clips())
        show_examples(Model().train(), writer, False, 7)
    assert torch.equal(mels[0], torch.full((2, 64, 16), -3.0))
    assert ("sound/a", 7) in writer.sounds


def test_an_autoencoder_that_is_none_is_refused_before_training(tmp_path):
    options = Namespace(watch_clips=2, watch_vae=tmp_path, watch_vocoder="griffin_lim")
    with pytest.raises(ValueError, match="has no config.yaml"), watching(options):
        pass


def test_the_options_do_not_go_into_the_config_of_the_experiment(tmp_path):
    (tmp_path / "config.yaml").touch()
    options = Namespace(watch_clips=2, watch_vae=tmp_path, watch_vocoder="exp/vocoder")
    with watching(options):
        assert vars(options) == {
            "watch_clips": 0,
            "watch_vae": None,
            "watch_vocoder": "griffin_lim",
        }
    with watching(Namespace()):  # of an earlier release
        pass


def test_a_picture_has_low_bands_below_and_the_colours_of_the_first():
    first, second = np.zeros((3, 4)), np.full((5, 4), 9.0)
    first[:, 3] = 1.0  # the highest band
    picture = picture_of([first, second])
    assert picture.shape == (4, 3 + 2 + 5, 3) and picture.dtype == np.uint8
    assert picture[0, 0].sum() > picture[3, 0].sum()
    assert (picture[:, -1] == picture[0, 0]).all()  # beyond the range: its end


def test_a_silent_clip_has_a_picture():
    assert picture_of([np.zeros((3, 4))]).shape == (4, 3, 3)
