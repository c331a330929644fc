"""Classifier-free guidance: a step away from what the model says without conditions.

Shapes: B clips, C channels, T latent frames, F latent bins.
Source: arXiv:2207.12598; prediction = null + scale (conditional - null). It holds for
any objective, since noise, velocity and clean latent depend on each other linearly.
"""

from collections.abc import Callable

import torch

from espnet2.gen_audio.conditioner.condition import Condition, concatenate

Network = Callable[..., torch.Tensor]
Denoiser = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def guided(
    network: Network,
    loa: Condition | None,
    tokens: Condition | None,
    null_loa: Condition | None,
    null_tokens: Condition | None,
    guidance_scale: float,
    sentence: Condition | None = None,
    null_sentence: Condition | None = None,
) -> Denoiser:
    """Bind conditions and guidance to the network.

    Both predictions come from one call on a doubled batch; with a scale of 1 the
    conditional one is the answer and the second half is left out.

    Args:
        network: The U-Net, ``network(noisy, step, loa, tokens)``, with a sentence
            behind them where it hears one beside the step.
        loa: LOA tokens, B rows, or None for a network without LOA.
        tokens: Text states, B rows, or None for a network without text.
        null_loa: LOA of the other prediction, B rows; zeros, or a negative prompt's.
        null_tokens: Text of the other prediction, B rows.
        guidance_scale: 1 follows the conditions as trained, more exaggerates them.
        sentence: Sentence vectors, B rows, or None for a network without.
        null_sentence: Those of the other prediction, B rows.

    Returns:
        A function from noisy latents (B, C, T, F) and steps (B,) to the prediction.

    Raises:
        ValueError: If the scale is negative or not a number.
    """
    if not 0.0 <= guidance_scale < float("inf"):
        raise ValueError(
            f"guidance_scale {guidance_scale} is not usable; 1 means no guidance, "
            "3 to 4 is usual"
        )
    if guidance_scale == 1.0:
        heard = (loa, tokens) if sentence is None else (loa, tokens, sentence)
        return lambda noisy, step: network(noisy, step, *heard)
    both = [_pair(loa, null_loa), _pair(tokens, null_tokens)]
    if sentence is not None:
        both.append(_pair(sentence, null_sentence))

    def denoise(noisy: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
        twice = network(noisy.repeat(2, 1, 1, 1), step.repeat(2), *both)
        conditional, null = twice.chunk(2)
        return null + guidance_scale * (conditional - null)

    return denoise


def _pair(given: Condition | None, null: Condition | None) -> Condition | None:
    """Put the rows with the condition before those without it, 2 B rows."""
    if (given is None) != (null is None):
        raise ValueError(
            "guidance needs a null condition for every condition and no other; take "
            "them from null_loa() and null_tokens_condition() of the model"
        )
    return None if given is None else concatenate([given, null])
