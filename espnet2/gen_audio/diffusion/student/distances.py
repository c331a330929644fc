"""How far a student's latents are from its teacher's, from the same noise.

Shapes: B clips, C latent channels, T latent frames, F latent bins.
"""

from collections.abc import Sequence

import torch

from espnet2.gen_audio.diffusion.student.splitting import AverageVelocity, integrate


def relative_distances(
    taught: AverageVelocity,
    learned: AverageVelocity,
    noisy: torch.Tensor,
    start: float,
    steps: int,
    passes: Sequence[int],
) -> dict[str, torch.Tensor]:
    """Return the distance of each clip for each number of passes.

    The root mean square difference from the teacher's latent is divided by that of the
    teacher's own single step: 1 means that nothing is gained over
    this step.

    Args:
        taught: Velocity of the teacher.
        learned: Average velocity of the student.
        noisy: First latents of sampling, (B, C, T, F).
        start: The time at which they are.
        steps: Steps of the teacher's latent.
        passes: Numbers of passes of the student.

    Returns:
        ``distance_1`` and so on, (B,) each.
    """
    wanted = integrate(taught, noisy, start, steps)
    own = root_mean_square(integrate(taught, noisy, start, 1) - wanted)
    distances = {}
    for count in passes:
        made = integrate(learned, noisy, start, count)
        distances[f"distance_{count}"] = root_mean_square(made - wanted) / own
    return distances


def root_mean_square(difference: torch.Tensor) -> torch.Tensor:
    """Return the root mean square of each clip.

    Args:
        difference: Differences of latents, (B, C, T, F).

    Returns:
        The root of their mean square, (B,).
    """
    return difference.square().mean(dim=(1, 2, 3)).sqrt()
