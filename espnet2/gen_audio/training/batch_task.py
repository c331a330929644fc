"""The batches of a task: shuffled clips, split among the processes of a training."""

import argparse
import dataclasses
from collections.abc import Callable
from typing import Any

import torch

from espnet2.gen_audio.ranks import number_of_ranks, own_rank
from espnet2.gen_audio.training.optimisers import OptimiserTask
from espnet2.gen_audio.training.rank_draws import OwnDraws
from espnet2.gen_audio.training.shuffled_batches import ShuffledBatches


class BatchTask(OptimiserTask):
    """ESPnet's task with batches of its own."""

    @classmethod
    def build_sequence_iter_factory(
        cls, args: argparse.Namespace, iter_options: Any, mode: str
    ) -> Any:
        """Build ESPnet's batches; shuffle the clips of unsorted ones in every pass.

        Several processes shuffle all clips alike, then each takes its part of every
        batch; ESPnet would split the clips among them once and for all.

        Args:
            args: Options.
            iter_options: What ESPnet made of them for this mode.
            mode: ``train``, ``valid`` or ``plot_att``.

        Returns:
            ESPnet's factory of iterators.
        """
        options = iter_options
        if options.train and own_rank() > 0 and options.preprocess_fn is not None:
            drawing = OwnDraws(options.preprocess_fn)
            options = dataclasses.replace(options, preprocess_fn=drawing)
        if not options.train or args.batch_type != "unsorted":
            return super().build_sequence_iter_factory(args, options, mode)
        options = dataclasses.replace(options, distributed=False)
        factory = super().build_sequence_iter_factory(args, options, mode)
        ranks = own_rank(), number_of_ranks()
        factory.sampler = ShuffledBatches(factory.sampler, *ranks)
        return factory

    @classmethod
    def build_collate_fn(
        cls, args: argparse.Namespace, train: bool
    ) -> Callable[..., tuple[list[str], dict[str, torch.Tensor]]]:
        """Return the collate function: zeros as padding at the end, with lengths.

        Args:
            args: Options, unused.
            train: Unused.

        Returns:
            ESPnet's collate function.
        """
        # takes seconds to import: it pulls in ESPnet's text front ends
        from espnet2.train.collate_fn import CommonCollateFn

        return CommonCollateFn(float_pad_value=0.0, int_pad_value=0)
