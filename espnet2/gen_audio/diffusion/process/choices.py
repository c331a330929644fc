"""The table of diffusion processes: what ``--process`` may name."""

from espnet2.train.class_choices import ClassChoices

from espnet2.gen_audio.diffusion.process.abs_process import AbsProcess
from espnet2.gen_audio.diffusion.process.variance_preserving import VariancePreserving

process_choices = ClassChoices(
    "process",
    classes={"variance_preserving": VariancePreserving},
    type_check=AbsProcess,
    default="variance_preserving",
)
