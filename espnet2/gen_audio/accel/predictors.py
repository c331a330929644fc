"""Choose the predictor for sampling: plain, with cached conditions, or compiled."""

import torch

from espnet2.gen_audio.accel.cached_unet import CachedUNet
from espnet2.gen_audio.accel.compiled_unet import CompiledUNet
from espnet2.gen_audio.accel.onednn import mkl_is_slow, use_onednn
from espnet2.gen_audio.diffusion.backbone.abs_backbone import AbsBackbone
from espnet2.gen_audio.diffusion.backbone.unet import ConditionalUNet
from espnet2.gen_audio.sampling.predictor import PlainPredictor, PredictorFactory


class PreparedUNet(ConditionalUNet):
    """A U-Net whose predictors are ``CachedUNet`` and ``CompiledUNet``."""


def reorder_unet(unet: ConditionalUNet) -> None:
    """Store kernels channels last, and use oneDNN for linear layers if it is faster.

    Args:
        unet: Changed in place; names, shapes and values of weights do not change.
    """
    if next(unet.parameters()).device.type == "cpu":
        unet.net.to(memory_format=torch.channels_last)
    if mkl_is_slow():
        use_onednn(unet.net)


def predictor_factory(network: AbsBackbone, compiled: bool = False) -> PredictorFactory:
    """Return the function that builds a network's predictors, for ``guided``.

    Args:
        network: The network of the diffusion model, prepared or not.
        compiled: Whether to compile its forward pass.

    Returns:
        The factory of the fastest predictor for the network.

    Raises:
        ValueError: If the network cannot be compiled.
    """
    if isinstance(network, PreparedUNet):
        return CompiledUNet if compiled else CachedUNet
    if compiled:
        raise ValueError(
            f"{type(network).__name__} cannot be compiled; call prepare() on a "
            "ConditionalUNet, or leave out --compile"
        )
    return PlainPredictor
