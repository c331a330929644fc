"""A teacher's velocity: guided, the same from betas and from a flow, and frozen."""

import sys
from pathlib import Path

import pytest
import torch

from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.condition.spec import ConditionSpec, Role
from espnet2.gen_audio.diffusion.backbone.abs_backbone import AbsBackbone
from espnet2.gen_audio.diffusion.conditions import LatentConditions
from espnet2.gen_audio.diffusion.espnet_model import ESPnetLatentDiffusionModel
from espnet2.gen_audio.diffusion.process.rectified_flow import RectifiedFlow
from espnet2.gen_audio.diffusion.process.variance_preserving import VariancePreserving
from espnet2.gen_audio.diffusion.student.teacher import Teacher
from espnet2.gen_audio.feats.clip import ClipGeometry

sys.path.insert(0, str(Path(__file__).parent))

from gaussian_flow import GaussianBackbone, velocity  # noqa: E402

GEOMETRY = ClipGeometry(seconds=0.64, downsample=8, latent_channels=2)


def teacher_of(process):
    ldm = ESPnetLatentDiffusionModel(
        GaussianBackbone((), GEOMETRY, process),
        process,
        LatentConditions(GEOMETRY, ()),
        ema_decay=None,
    )
    return Teacher(ldm.double())


@pytest.mark.parametrize(
    "process",
    [RectifiedFlow(), VariancePreserving(), VariancePreserving(objective="v")],
)
def test_the_velocity_of_known_data_is_exact_for_either_process(process):
    torch.manual_seed(0)
    noisy = torch.randn(4, 2, 8, 8, dtype=torch.float64)
    when = torch.tensor([0.05, 0.4, 0.8, 0.98], dtype=torch.float64)
    made = teacher_of(process).velocity(noisy, when, torch.full((4,), 3.5), {})
    torch.testing.assert_close(made, velocity(noisy, when), rtol=0, atol=1e-5)


class Echo(AbsBackbone):
    """Predict the value of its condition."""

    roles = frozenset({Role.EMBEDDING})

    def forward(self, noisy, time, conditions):
        value = conditions["class"].embedding.view(-1, 1, 1, 1)
        return value.expand_as(noisy)


def test_each_clip_has_guidance_of_its_own_scale():
    specs = (ConditionSpec("class", 1, (Role.EMBEDDING,), null=((1.0,),)),)
    conditions = LatentConditions(GEOMETRY, specs)
    ldm = ESPnetLatentDiffusionModel(
        Echo(specs, GEOMETRY), RectifiedFlow(), conditions, ema_decay=None
    )
    given = {"class": Condition.from_lengths(torch.full((3, 1, 1), 2.0))}
    scale = torch.tensor([0.0, 1.0, 4.0])
    noisy, when = torch.zeros(3, 2, 8, 8), torch.full((3,), 0.5)
    made = Teacher(ldm).velocity(noisy, when, scale, given)
    assert made[:, 0, 0, 0].tolist() == [1.0, 2.0, 5.0]  # null + scale (given - null)


def test_the_teacher_has_no_gradients_and_is_in_eval_mode():
    teacher = teacher_of(RectifiedFlow())
    assert not teacher.ldm.training
    assert not any(weight.requires_grad for weight in teacher.ldm.parameters())
