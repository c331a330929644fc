"""The table of heads: what ``head`` in ``lm_conf`` may name."""

from espnet2.train.class_choices import ClassChoices

from espnet2.gen_audio.loa_lm.flow_head import FlowHead
from espnet2.gen_audio.loa_lm.head import AbsHead, RegressionHead

head_choices = ClassChoices(
    "head",
    classes={"regression": RegressionHead, "flow": FlowHead},
    type_check=AbsHead,
    default="regression",
)
