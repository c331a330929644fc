"""Second time and guidance scale become conditions that a network can tell apart."""

import torch

from espnet2.gen_audio.condition.spec import Role
from espnet2.gen_audio.diffusion.student.inputs import (
    student_conditions,
    student_specs,
)


def test_conditions_fit_their_specs_and_have_the_precision_of_the_network():
    like = torch.zeros(1, dtype=torch.bfloat16)
    made = student_conditions(torch.rand(3), torch.rand(3), like)
    for spec in student_specs():
        assert spec.roles == (Role.TIME,)
        assert made[spec.name].embedding.shape == (3, 1, spec.width)
        assert made[spec.name].embedding.dtype == torch.bfloat16
        assert made[spec.name].mask.all()


def test_each_number_changes_its_own_condition_only():
    span, scale, like = (
        torch.tensor([0.5, 0.51]),
        torch.tensor([3.0, 3.1]),
        torch.ones(1),
    )
    one, other = (c.embedding for c in student_conditions(span, scale, like).values())
    assert (one[0] - one[1]).abs().max() > 0.01
    assert (other[0] - other[1]).abs().max() > 0.01
    moved = student_conditions(span, scale + 1, like)
    assert torch.equal(moved["student_span"].embedding, one)
