"""A frozen diffusion model whose guided velocity a student learns from.

Shapes: B clips, C latent channels, T latent frames, F latent bins.
"""

import torch

from espnet2.gen_audio.condition.condition import Conditions, stack_rows
from espnet2.gen_audio.diffusion.espnet_model import ESPnetLatentDiffusionModel
from espnet2.gen_audio.diffusion.process.betas_as_flow import flow_of


class Teacher:
    """The velocity of a diffusion model with classifier-free guidance.

    It is no module, so that its weights are not saved with those of the student.

    Args:
        ldm: The trained model, changed in place: eval mode, no gradients.

    Attributes:
        ldm: The model.
        flow: The process in which its prediction is read as a velocity.
    """

    def __init__(self, ldm: ESPnetLatentDiffusionModel):
        self.ldm = ldm.eval().requires_grad_(False)
        self.flow = flow_of(ldm.process)

    @torch.no_grad()
    def velocity(
        self,
        noisy: torch.Tensor,
        when: torch.Tensor,
        scale: torch.Tensor,
        conditions: Conditions,
    ) -> torch.Tensor:
        """Return the velocity with guidance; its scale may differ from clip to clip.

        Args:
            noisy: Latents of the flow, (B, C, T, F).
            when: Time of each clip, a fraction of the time axis, (B,).
            scale: Guidance scale of each clip, (B,).
            conditions: The model's conditions by name, B rows each.

        Returns:
            Velocities in float32 or better, (B, C, T, F).
        """
        ldm, time = self.ldm.to(noisy.device), when * self.flow.num_steps
        given, step = self.flow.to_network(noisy, time)
        rows = stack_rows([conditions, ldm.conditions.null(len(noisy))])
        both = ldm.unet(given.repeat(2, 1, 1, 1), step.repeat(2), rows)
        conditional, null = both.to(noisy.dtype).chunk(2)
        guided = null + scale.view(-1, 1, 1, 1) * (conditional - null)
        return self.flow.to_scheduler(guided, noisy, time)

    @torch.no_grad()
    def copy_to(self, student: torch.nn.Module) -> None:
        """Copy the weights of network and conditions to a student.

        Args:
            student: A model with the same layers; the inputs that it adds come last,
                and their weights are not changed.

        Raises:
            ValueError: If the student has other layers.
        """
        for name in ("unet", "conditions"):
            own = student.get_submodule(name).state_dict()
            for key, weight in self.ldm.get_submodule(name).state_dict().items():
                there = own[key].shape if key in own else ()
                place = tuple(slice(size) for size in weight.shape)
                if len(there) != len(place) or own[key][place].shape != weight.shape:
                    raise ValueError(
                        f"the teacher's weight {name}.{key} {tuple(weight.shape)} has "
                        "no place in the student; give ldm_conf of that teacher"
                    )
                own[key][place].copy_(weight)
