"""Whether a student belongs to the diffusion model that it stands in for."""

from espnet2.gen_audio.diffusion.espnet_model import ESPnetLatentDiffusionModel


def refuse_other_model(
    student: ESPnetLatentDiffusionModel,
    ldm: ESPnetLatentDiffusionModel,
    source: object,
) -> None:
    """Refuse a student that does not fit the diffusion model of a system.

    Only sizes are compared, so both may be without weights.

    Args:
        student: The student.
        ldm: The diffusion model.
        source: Folder of the student, for the message.

    Raises:
        ValueError: If lengths, conditions, the LOA factor or the latent scale differ.
    """
    for what, mine, theirs in (
        ("a geometry", student.geometry, ldm.geometry),
        ("conditions", student.conditions.widths, ldm.conditions.widths),
        ("an LOA factor", student.pool_factor, ldm.pool_factor),
        ("a latent scale", student.latent_scale, ldm.latent_scale),
    ):
        if mine != theirs:
            raise ValueError(
                f"the student {source} has {what} of {mine}, the diffusion "
                f"model of the system {theirs}; give a student of this model"
            )
