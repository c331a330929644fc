"""A network of one's own: registered by name, trained three steps, generated with.

Training and generation are those of the public commands. Existing files that it would
touch in real life: one, the table of networks (``diffusion/backbone/choices.py``).
"""

import numpy as np
import pytest
import torch

from espnet2.gen_audio.checkpoint.experiment import load_experiment
from espnet2.gen_audio.condition.spec import Role
from espnet2.gen_audio.diffusion.backbone.abs_backbone import AbsBackbone
from espnet2.gen_audio.diffusion.backbone.choices import backbone_choices

CONFIG = {
    "backbone": "toy",
    "backbone_conf": {"width": 8},
    "unet_conf": {"loa_dim": None, "tokens_dim": None},
}


class ToyBackbone(AbsBackbone):
    """Two convolutions, between which the time is added."""

    roles = frozenset({Role.EMBEDDING})

    def __init__(self, specs, geometry, width):
        super().__init__(specs, geometry)
        channels = geometry.latent_channels
        self.into = torch.nn.Conv2d(channels, width, 3, padding=1)
        self.time = torch.nn.Linear(1, width)
        self.out = torch.nn.Conv2d(width, channels, 3, padding=1)

    def forward(self, noisy, time, conditions):
        self.refuse_conditions(conditions)
        vector = self.time(time[:, None].to(noisy.dtype) / 1000)
        return self.out(torch.tanh(self.into(noisy) + vector[:, :, None, None]))


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    monkeypatch.setitem(backbone_choices.classes, "toy", ToyBackbone)


def test_it_trains_and_generates(train, generate):
    experiment = train(CONFIG)
    unet = load_experiment(experiment).unet
    assert type(unet) is ToyBackbone and unet.into.out_channels == 8
    made, again = (generate(experiment, "ddim") for _ in range(2))
    for name, wave in made.items():
        assert len(wave) == 10240 and wave.any()
        assert np.array_equal(wave, again[name])
    other = generate(experiment, "ddim", "--seed", 1)
    assert not np.array_equal(made["clip0"], other["clip0"])


def test_a_condition_that_it_has_no_place_for_is_refused(train, capsys):
    with pytest.raises(SystemExit):
        train(CONFIG | {"unet_conf": {"loa_dim": 6, "tokens_dim": None}})
    told = capsys.readouterr().err.strip().splitlines()[-1]
    assert "loa has the role cross_attention, for which ToyBackbone" in told


def test_unregistered_it_is_not_found_by_any_name(train, monkeypatch, capsys):
    monkeypatch.delitem(backbone_choices.classes, "toy")
    for name in ("toy", "test.extensions.test_new_backbone:ToyBackbone"):
        with pytest.raises(SystemExit):
            train(CONFIG | {"backbone": name})
        told = capsys.readouterr().err
        assert f"backbone: got '{name}'; give one of unet" in told
