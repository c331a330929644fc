"""The optimisers that a training config may name: those of ESPnet, and ``muon``.

``muon`` updates the hidden matrices of a model by Muon. AdamW updates embeddings,
norms, biases, first and last layers, and matrices with a side of 1.
"""

import argparse
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import torch
from espnet2.tasks.abs_task import AbsTask, optim_classes

from espnet2.gen_audio.training.muon import MuonWithAdamW

# ESPnet's table of the values of --optim
optim_classes["muon"] = MuonWithAdamW

# components of dotted parameter names that mark first and last layers
OUTER_LAYERS = frozenset(
    "conv_in conv_out conv_pre conv_post patch_embed pos_embed embed pred head "
    "output_conv score projections loa_projection tokens_projection".split()
)


class OptimiserTask(AbsTask):
    """ESPnet's task, with ``muon`` among its optimisers."""

    @classmethod
    def build_optimizers(
        cls, args: argparse.Namespace, model: torch.nn.Module
    ) -> list[torch.optim.Optimizer]:
        """Build the optimiser as ESPnet does; ``muon`` also needs the model's layers.

        Args:
            args: Options with ``optim`` and ``optim_conf``.
            model: The model.

        Returns:
            One optimiser.

        Raises:
            ValueError: If an option has no effect with ``muon``.
        """
        if args.optim != "muon":
            return super().build_optimizers(args, model)
        if args.sharded_ddp or args.exclude_weight_decay:
            raise ValueError(
                f"--sharded_ddp {args.sharded_ddp} and --exclude_weight_decay "
                f"{args.exclude_weight_decay} have no effect with --optim muon; remove "
                "both, or use --optim adamw"
            )
        return [build_optimiser(args.optim, args.optim_conf, model, model.parameters())]


def build_optimiser(
    name: str,
    conf: Mapping[str, Any],
    model: torch.nn.Module,
    parameters: Iterable[torch.nn.Parameter],
) -> torch.optim.Optimizer:
    """Build the optimiser of some parameters of a model.

    Args:
        name: Value of ``--optim``.
        conf: Its arguments. For ``muon`` also ``adamw_names``: further components of
            dotted parameter names that mark matrices for AdamW.
        model: The model; its modules and names determine the hidden matrices.
        parameters: Parameters to update; may be empty.

    Returns:
        The optimiser.
    """
    if name != "muon":
        # torch accepts a group without parameters, but no empty list of groups
        return optim_classes[name](list(parameters) or [{"params": []}], **conf)
    conf = dict(conf)
    words = OUTER_LAYERS | set(conf.pop("adamw_names", ()))
    wanted = [p for p in parameters if p.requires_grad]
    hidden = _hidden_matrices(model, words)
    return MuonWithAdamW(
        [p for p in wanted if id(p) not in hidden],
        [p for p in wanted if id(p) in hidden],
        **conf,
    )


def is_without_parameters(optimizer: torch.optim.Optimizer) -> bool:
    """Return whether an optimiser has no parameters to train.

    Args:
        optimizer: Optimiser of the part that is used after training.

    Returns:
        True if none of its groups holds a parameter.
    """
    return not any(group["params"] for group in optimizer.param_groups)


def _hidden_matrices(model: torch.nn.Module, outer: Collection[str]) -> set[int]:
    """Return the ids of the parameters that map one hidden layer to the next."""
    embeddings = {
        id(module.weight)
        for module in model.modules()
        if isinstance(module, torch.nn.Embedding)
    }
    return {
        id(parameter)
        for name, parameter in model.named_parameters()
        if parameter.ndim >= 2
        # neither vectors nor filters of one channel, as in depthwise convolutions
        and min(parameter.shape[:2]) > 1
        and id(parameter) not in embeddings
        and not any(word in outer for word in name.split("."))
    }
