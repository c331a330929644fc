"""What a model in training makes of validation clips: spectrograms and sounds.

Shapes: B clips, S samples, N mel frames, M mel bands, latent (C, T', F').
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import torch

from espnet2.gen_audio.condition.condition import Condition, Conditions
from espnet2.gen_audio.diffusion.espnet_model import ESPnetLatentDiffusionModel
from espnet2.gen_audio.diffusion.student.espnet_model import ESPnetStudentModel
from espnet2.gen_audio.joint.espnet_model import ESPnetGenAudioJointModel
from espnet2.gen_audio.pipeline.options import SAMPLERS
from espnet2.gen_audio.sampling.guidance import guided
from espnet2.gen_audio.sampling.sampler import sample_latents
from espnet2.gen_audio.seeding import generators_of, normal_of
from espnet2.gen_audio.vae.espnet_model import ESPnetGANVAEModel
from espnet2.gen_audio.vocoder.espnet_model import ESPnetGANVocoderModel

ToMel = Callable[[torch.Tensor], torch.Tensor]
Batch = Mapping[str, Any]


@dataclass(frozen=True)
class Examples:
    """What a model made of clips.

    Attributes:
        mel: Log mel spectrograms, (B, N, M).
        audio: Their waveforms, (B, S); None where the model makes none.
        recorded: Log mel spectrograms of the recordings; None where the data have none.
    """

    mel: torch.Tensor
    audio: torch.Tensor | None = None
    recorded: torch.Tensor | None = None


@singledispatch
def examples_of(
    model: torch.nn.Module, batch: Batch, ids: Sequence[str], to_mel: ToMel | None
) -> Examples | None:
    """Return what a model makes of clips of the validation set.

    Args:
        model: An ESPnet model of ours in eval mode.
        batch: Data of the clips, as ESPnet collates them.
        ids: Ids of the clips, which seed the noise of generation.
        to_mel: Decodes latents, (B, C, T', F'), to log mel spectrograms, (B, N, M);
            None if there is no autoencoder.

    Returns:
        The examples; None for a model that makes no sound, or only latents.
    """
    return None


@examples_of.register
def _of_vae(
    model: ESPnetGANVAEModel, batch: Batch, ids: Sequence[str], to_mel: ToMel | None
) -> Examples:
    result = model.reconstruct(batch["audio"])
    return Examples(result.decoded, recorded=result.mel)


@examples_of.register
def _of_vocoder(
    model: ESPnetGANVocoderModel, batch: Batch, ids: Sequence[str], to_mel: ToMel | None
) -> Examples:
    recorded = model.log_mel(batch["audio"]).to(batch["audio"].dtype)
    audio = model.decode(recorded)[:, : batch["audio"].shape[1]]
    return Examples(model.log_mel(audio), audio, recorded)


@examples_of.register
def _of_ldm(
    model: ESPnetLatentDiffusionModel,
    batch: Batch,
    ids: Sequence[str],
    to_mel: ToMel | None,
) -> Examples | None:
    if to_mel is None:
        return None
    conditions = model.conditions.of_batch(batch, utt_id=ids)
    return Examples(to_mel(_sampled(model, conditions, ids)))


@examples_of.register
def _of_student(
    model: ESPnetStudentModel,
    batch: Batch,
    ids: Sequence[str],
    to_mel: ToMel | None,
) -> Examples | None:
    if to_mel is None:
        return None
    conditions = model.conditions.of_batch(batch, utt_id=ids)
    weight = next(model.unet.parameters())
    noise = normal_of(generators_of(0, ids), model.geometry.latent_shape).to(weight)
    passes = SAMPLERS["fast2"].steps
    latents = model.generate(noise, passes, model.valid_scale, conditions)
    return Examples(to_mel(latents / model.latent_scale))


@examples_of.register
def _of_joint(
    model: ESPnetGenAudioJointModel,
    batch: Batch,
    ids: Sequence[str],
    to_mel: ToMel | None,
) -> Examples | None:
    if to_mel is None:
        return None
    conditions = model.loa_lm.conditions_of(batch)
    noise = model.loa_lm.start_noise(len(ids), ids)
    loa = Condition.from_lengths(model.loa_lm.generate(conditions, noise=noise))
    conditions = model.ldm.conditions.of_batch(batch, {"loa": loa}, ids)
    return Examples(to_mel(_sampled(model.ldm, conditions, ids)))


def _sampled(
    ldm: ESPnetLatentDiffusionModel, conditions: Conditions, ids: Sequence[str]
) -> torch.Tensor:
    """Return latents of clips, (B, C, T', F'), by the fast preset."""
    options, generators = SAMPLERS["fast"], generators_of(0, ids)
    null, process = ldm.conditions.null(len(ids)), ldm.process
    denoise = guided(ldm.unet, conditions, null, options.guidance, process.num_steps)
    weight = next(ldm.unet.parameters())
    noise = normal_of(generators, ldm.geometry.latent_shape).to(weight)
    latents = sample_latents(
        lambda noisy, step: process.to_scheduler(
            denoise(*process.to_network(noisy, step)), noisy, step
        ),
        process.build_scheduler(options.scheduler),
        noise,
        generators,
        options.steps,
    )
    return latents / ldm.latent_scale
