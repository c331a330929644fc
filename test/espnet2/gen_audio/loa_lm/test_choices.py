"""What ``head`` may name, and how a wrong name is refused."""

import pytest

from espnet2.gen_audio.loa_lm.choices import head_choices
from espnet2.gen_audio.loa_lm.flow_head import FlowHead
from espnet2.gen_audio.loa_lm.head import RegressionHead
from espnet2.gen_audio.loa_lm.lm import LOALanguageModel

SIZES = {"width": 8, "layers": 1, "heads": 2, "condition_dims": {"tokens": 4}}


def test_the_published_head_is_the_default():
    assert head_choices.classes[head_choices.default] is RegressionHead
    assert type(LOALanguageModel(**SIZES, vocab_size=1).head) is RegressionHead


def test_the_flow_head_takes_its_arguments_from_head_conf():
    conf = {"inner": 16, "steps": 3}
    head = LOALanguageModel(**SIZES, vocab_size=1, head="flow", head_conf=conf).head
    assert isinstance(head, FlowHead) and (head.steps, head.network.inner) == (3, 16)


@pytest.mark.parametrize(
    "head, conf, message",
    [
        ("diffusion", None, "head 'diffusion' is unknown; use regression, flow"),
        ("flow", {"depth": 2}, "head_conf does not fit FlowHead.*depth"),
        ("regression", {"inner": 8}, "head_conf does not fit RegressionHead.*inner"),
    ],
)
def test_an_unknown_head_or_argument_is_named(head, conf, message):
    with pytest.raises(ValueError, match=message):
        LOALanguageModel(**SIZES, vocab_size=1, head=head, head_conf=conf)
