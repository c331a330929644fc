"""What every network of the diffusion model refuses."""

import pytest
import torch

from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.condition.spec import ConditionSpec, Role
from espnet2.gen_audio.diffusion.backbone.abs_backbone import AbsBackbone
from espnet2.gen_audio.feats.clip import ClipGeometry


class Silent(AbsBackbone):
    roles = frozenset({Role.EMBEDDING})

    def forward(self, noisy, time, conditions):
        self.refuse_conditions(conditions)
        return torch.zeros_like(noisy)


def silent(role=Role.EMBEDDING):
    return Silent([ConditionSpec("speaker", 3, (role,))], ClipGeometry())


def test_a_role_without_a_place_is_refused_when_the_network_is_built():
    assert silent().widths == {"speaker": 3}
    with pytest.raises(ValueError, match="speaker has the role channels.*Silent"):
        silent(Role.CHANNELS)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, r"conditions \[\] were given.*built for \['speaker'\]"),
        ({"speaker": 3, "melody": 3}, "'melody', 'speaker'. were given"),
        ({"speaker": 4}, "speaker of width 4 was given.*built for 3"),
    ],
)
def test_conditions_that_do_not_fit_are_refused(given, message):
    conditions = {
        name: Condition.from_lengths(torch.zeros(1, 1, width))
        for name, width in given.items()
    }
    with pytest.raises(ValueError, match=message):
        silent()(torch.zeros(1, 2, 4, 4), torch.zeros(1), conditions)


def test_a_network_has_no_middle_features_unless_it_says_so():
    assert silent().middle is None


def test_a_network_without_a_forward_pass_cannot_be_made():
    with pytest.raises(TypeError, match="forward"):
        AbsBackbone([], ClipGeometry())
