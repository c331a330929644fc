"""Build the student of a config."""

from collections.abc import Mapping
from typing import Any

from espnet2.gen_audio.choices import build_with
from espnet2.gen_audio.diffusion.build import (
    build_backbone,
    build_conditions,
    build_process,
)
from espnet2.gen_audio.diffusion.process.betas_as_flow import flow_of
from espnet2.gen_audio.diffusion.published_conditions import specs_of
from espnet2.gen_audio.diffusion.student.espnet_model import ESPnetStudentModel
from espnet2.gen_audio.diffusion.student.inputs import student_specs
from espnet2.gen_audio.encoder.choices import build_text_encoder
from espnet2.gen_audio.old_names import with_new_names


def build_ldm_student(config: Mapping[str, Any]) -> ESPnetStudentModel:
    """Build the model, newly initialised and without its teacher.

    Args:
        config: Contents of config.yaml: ``ldm_conf`` is the config of the teacher,
            ``model_conf`` has the arguments of the student.

    Returns:
        The ESPnet model.

    Raises:
        ValueError: If the config of the teacher is missing, a name or key is unknown,
            or sizes do not fit.
    """
    taught = config.get("ldm_conf")
    if not taught:
        raise ValueError(
            f"ldm_conf is {taught}, but a student has the layers of its teacher; give "
            "--teacher exp/ldm_..., the experiment of the diffusion model"
        )
    taught = with_new_names("ldm", taught)
    text_encoder = build_text_encoder(taught)
    specs = specs_of(taught, text_encoder)
    scale = taught.get("latent_scale")
    backbone = build_backbone(taught, (*specs, *student_specs()))
    return build_with(
        ESPnetStudentModel,
        "model_conf",
        config.get("model_conf"),
        backbone,
        flow_of(build_process(taught)),
        build_conditions(taught, specs, text_encoder),
        latent_scale=1.0 if scale is None else float(scale),
    )
