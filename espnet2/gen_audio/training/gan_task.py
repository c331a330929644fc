"""Base class of adversarial tasks, with two optimisers."""

import argparse

import torch

from espnet2.gen_audio.training.gan_trainer import GenAudioGANTrainer
from espnet2.gen_audio.training.optimisers import build_optimiser
from espnet2.gen_audio.training.task import GenAudioTask


class GenAudioGANTask(GenAudioTask):
    """Train a generator (``--optim``) against a discriminator (``--optim2``).

    The model has ``generator_parameters()`` and ``discriminator_parameters()``. Every
    trainable parameter is in exactly one of them.
    """

    num_optimizers: int = 2
    trainer = GenAudioGANTrainer

    @classmethod
    def settle(cls, args: argparse.Namespace) -> None:
        """Refuse unsafe options, and options that GAN training cannot use.

        Args:
            args: Options, changed in place.

        Raises:
            ValueError: If ``--skip_discriminator_prob`` is above 0, or ``--accum_grad``
                above 1.
        """
        if getattr(args, "accum_grad", 1) > 1:
            raise ValueError(
                f"--accum_grad {args.accum_grad} does not work in ESPnet's GAN trainer,"
                " whose every batch is a step; leave it at 1, and raise batch_size or "
                "the number of processes"
            )
        if getattr(args, "skip_discriminator_prob", 0.0) > 0.0:
            raise ValueError(
                f"--skip_discriminator_prob {args.skip_discriminator_prob} works with "
                "ESPnet's codec models only; leave it at 0"
            )
        super().settle(args)

    @classmethod
    def build_optimizers(
        cls, args: argparse.Namespace, model: torch.nn.Module
    ) -> list[torch.optim.Optimizer]:
        """Build the optimiser of the generator and that of the discriminator.

        A generator without parameters gets an optimiser without parameters. The trainer
        then validates the model and saves it as the only epoch.

        Args:
            args: Options with ``optim``, ``optim_conf``, ``optim2``, ``optim2_conf``.
            model: Model with the two parameter methods.

        Returns:
            The optimisers of generator and discriminator, in the order of
            ``optim_idx``.

        Raises:
            ValueError: If an option has no effect, or a trainable parameter is not in
                exactly one of both sets.
        """
        if args.sharded_ddp or args.exclude_weight_decay:
            raise ValueError(
                f"--sharded_ddp {args.sharded_ddp} and --exclude_weight_decay "
                f"{args.exclude_weight_decay} have no effect in GAN training; remove "
                "both"
            )
        sides = list(model.generator_parameters()), list(
            model.discriminator_parameters()
        )
        count = {id(p): 0 for p in model.parameters()}
        for parameter in sides[0] + sides[1]:
            count[id(parameter)] += 1
        for name, parameter in model.named_parameters():
            if parameter.requires_grad and count[id(parameter)] != 1:
                raise ValueError(
                    f"parameter {name} must belong to one side, the generator or the "
                    f"discriminator, but belongs to {count[id(parameter)]}"
                )
        names, confs = (args.optim, args.optim2), (args.optim_conf, args.optim2_conf)
        return [
            build_optimiser(name, conf, model, side)
            for name, conf, side in zip(names, confs, sides)
        ]
