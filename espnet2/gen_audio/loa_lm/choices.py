"""The table of heads: values of ``head`` in ``lm_conf``."""

from collections.abc import Mapping
from typing import Any

from espnet2.train.class_choices import ClassChoices

from espnet2.gen_audio.choices import build_chosen
from espnet2.gen_audio.loa_lm.flow_head import FlowHead
from espnet2.gen_audio.loa_lm.head import AbsHead, RegressionHead

head_choices = ClassChoices(
    "head",
    classes={"regression": RegressionHead, "flow": FlowHead},
    type_check=AbsHead,
    default="regression",
)


def build_head(name: str, conf: Mapping[str, Any] | None, width: int) -> AbsHead:
    """Build a head.

    Args:
        name: A name in the table.
        conf: Its arguments, except the width.
        width: D.

    Returns:
        The head, newly initialised.
    """
    config = {"head": name, "head_conf": conf}
    return build_chosen(head_choices, config, width)
