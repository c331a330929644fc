"""ESPnet's Trainer with a moving average, checks for NaN and atomic saves.

ESPnet's loops are called, not copied: this module prepares their input, checks their
results, and makes the files they write atomic (``atomic_save``, ``restore``).
"""

import contextlib
import dataclasses
import logging
from pathlib import Path
from typing import Any

import torch
from espnet2.iterators.abs_iter_factory import AbsIterFactory
from espnet2.train.distributed_utils import DistributedOption
from espnet2.train.reporter import Reporter, SubReporter
from espnet2.train.trainer import Trainer

from espnet2.gen_audio.compat import TOOLKIT_VERSION
from espnet2.gen_audio.ranks import by_first_rank
from espnet2.gen_audio.training.atomic_save import atomic_saves
from espnet2.gen_audio.training.finite_check import (
    BatchIds,
    check_parameters,
    check_stats,
    losses_watched,
)
from espnet2.gen_audio.training.first_validation import measure_start
from espnet2.gen_audio.training.optimisers import is_without_parameters
from espnet2.gen_audio.training.plain_state import revive
from espnet2.gen_audio.training.rank_draws import begin_epoch
from espnet2.gen_audio.training.restore import (
    check_averaging,
    load_states,
    nbest_counts,
    restore_epoch,
    stopped_early,
)
from espnet2.gen_audio.training.watch_examples import show_examples, take_clips
from espnet2.gen_audio.training.wrapped_model import averaged_weights, unwrapped


class SafeTraining:
    """Additions to ESPnet's trainers; the first base class of our two trainers.

    ``update_ema()`` of the model, if it exists, is called after each step of the first
    optimiser, and validation runs inside its context ``ema_weights()``. Before each
    epoch, ``set_progress()``, if it exists, is called with the fraction of epochs that
    are completed. A model whose first optimiser has no parameters is validated and
    saved as one epoch.
    """

    @classmethod
    def run(
        cls,
        model: torch.nn.Module,
        optimizers: list[torch.optim.Optimizer],
        trainer_options: Any,
        distributed_option: DistributedOption,
        valid_iter_factory: AbsIterFactory,
        **rest: Any,
    ) -> None:
        """Repair the folder of a killed run, then train as ESPnet does.

        Args:
            model: ESPnet model.
            optimizers: Optimisers of the model; the first updates the weights that are
                averaged.
            trainer_options: Result of ``build_options``.
            distributed_option: Rank of this process.
            valid_iter_factory: Factory of the batches of validation.
            **rest: Further arguments of ESPnet's ``run``.
        """
        check_averaging(
            model.state_dict(),
            nbest_counts(trainer_options),
            len(trainer_options.best_model_criterion),
            TOOLKIT_VERSION,
        )
        with contextlib.ExitStack() as stack:
            stack.enter_context(atomic_saves())
            if trainer_options.resume:
                trainer_options = cls.mend(trainer_options)
            if distributed_option.distributed:
                # the turns of a GAN use one side each; elsewhere each process draws
                # what it uses
                trainer_options = dataclasses.replace(
                    trainer_options, unused_parameters=True
                )
            if hasattr(model, "update_ema"):
                hook = optimizers[0].register_step_post_hook(
                    lambda *_: model.update_ema()
                )
                stack.callback(hook.remove)
            if is_without_parameters(optimizers[0]):
                logging.info("the model has no parameters: it is validated and saved")
                trainer_options = dataclasses.replace(trainer_options, max_epoch=1)
            take_clips(valid_iter_factory)
            measure_start(
                cls, model, valid_iter_factory, trainer_options, distributed_option
            )
            super().run(
                model=model,
                optimizers=optimizers,
                trainer_options=trainer_options,
                distributed_option=distributed_option,
                valid_iter_factory=valid_iter_factory,
                **rest,
            )

    @classmethod
    def mend(cls, options: Any) -> Any:
        """Restore the last epoch's files; do not continue a run that stopped early.

        The first of several processes mends; until it is done, the others wait.

        Args:
            options: Trainer options.

        Returns:
            The options; if training is complete, with a smaller ``max_epoch``.
        """

        def last_epoch() -> int:
            """Restore, and return the epoch after which training ends."""
            reporter = restore_epoch(Path(options.output_dir), options)
            if reporter is not None and stopped_early(reporter, options):
                return reporter.get_epoch()
            return options.max_epoch

        return dataclasses.replace(options, max_epoch=by_first_rank(last_epoch))

    @staticmethod
    def resume(
        checkpoint: str | Path,
        model: torch.nn.Module,
        reporter: Reporter,
        optimizers: list[torch.optim.Optimizer],
        schedulers: list[Any],
        scaler: Any = None,
        **rest: Any,
    ) -> None:
        """Load a checkpoint: tensors and plain values only, every name must fit.

        Args:
            checkpoint: File to load.
            model: Model to load the weights into.
            reporter: Reporter to load the values of past epochs into.
            optimizers: Optimisers to load states into.
            schedulers: Schedulers to load states into; None means no scheduler.
            scaler: Loss scaler to load a state into, or None.
            **rest: ``strict`` is False if ESPnet's adapters leave weights out.
        """
        states = load_states(checkpoint, model, rest.get("strict", True))
        reporter.load_state_dict(revive(states["reporter"]))
        for optimizer, state in zip(optimizers, states["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        for scheduler, state in zip(schedulers, states["schedulers"], strict=True):
            if scheduler is not None:
                scheduler.load_state_dict(state)
        if scaler is not None and states["scaler"] is not None:
            scaler.load_state_dict(states["scaler"])

    @classmethod
    def train_one_epoch(
        cls,
        model: torch.nn.Module,
        iterator: Any,
        reporter: SubReporter,
        scaler: Any,
        options: Any,
        **rest: Any,
    ) -> bool:
        """Train one epoch with ESPnet's loop; refuse values that are not finite.

        Args:
            model: Model, perhaps wrapped for several processes.
            iterator: Batches.
            reporter: Collects the values of each step.
            scaler: Loss scaler of mixed precision or None.
            options: Trainer options.
            **rest: Further arguments of ESPnet's method.

        Returns:
            False: at least one step was valid.

        Raises:
            RuntimeError: If no step was valid, or a value or weight is not finite. The
                message for a loss names the clips of the batch.
            ValueError: If an epoch has fewer batches than ``accum_grad``.
        """
        if options.log_interval is None and hasattr(iterator, "__len__"):
            # with ESPnet's default interval, a short epoch logs no line
            usual = max(len(iterator) // 20, 10)
            tenth = max(len(iterator) // 10, 1)
            options = dataclasses.replace(options, log_interval=min(usual, tenth))
        epoch = reporter.get_epoch()
        inner, writer = unwrapped(model, "set_progress"), rest.get("summary_writer")
        if is_without_parameters(rest["optimizers"][0]):
            show_examples(inner, writer, options.use_wandb, epoch)
            return False
        _refuse_accumulation(options.accum_grad, iterator)
        begin_epoch(model, rest["optimizers"], options.seed, epoch)
        if hasattr(inner, "set_progress"):
            inner.set_progress((epoch - 1) / options.max_epoch)
        batches = BatchIds(iterator)
        # with mixed precision, infinite gradients are normal; the scaler skips the step
        watched = losses_watched(model, batches, "train", epoch)
        with watched if scaler is None else contextlib.nullcontext():
            all_invalid = super().train_one_epoch(
                model=model,
                iterator=batches,
                reporter=reporter,
                scaler=scaler,
                options=options,
                **rest,
            )
        if all_invalid:
            raise RuntimeError(
                f"no step of epoch {epoch} had finite gradients; lower the learning "
                "rate or check the data; the last good epoch is kept"
            )
        if scaler is None:
            check_stats(reporter, cls.criteria(options, "train"))
        check_parameters(model, epoch)
        with averaged_weights(model):
            show_examples(inner, writer, options.use_wandb, epoch)
        return False

    @classmethod
    def validate_one_epoch(
        cls,
        model: torch.nn.Module,
        iterator: Any,
        reporter: SubReporter,
        options: Any,
        **rest: Any,
    ) -> None:
        """Validate with ESPnet's loop, with averaged weights if there are any.

        Args:
            model: Model, perhaps wrapped for several processes.
            iterator: Batches.
            reporter: Collects the values of each batch.
            options: Trainer options.
            **rest: Further arguments of ESPnet's method.

        Raises:
            RuntimeError: If a value is not finite (the message for a loss names the
                clips of the batch), or no criterion was measured.
        """
        batches = BatchIds(iterator)
        watched = losses_watched(model, batches, "valid", reporter.get_epoch())
        with averaged_weights(model), watched:
            super().validate_one_epoch(
                model=model,
                iterator=batches,
                reporter=reporter,
                options=options,
                **rest,
            )
        wanted = cls.criteria(options, "valid")
        check_stats(reporter, wanted)
        measured = reporter.stats.keys() & wanted
        if len(wanted) == len(options.best_model_criterion) and not measured:
            raise RuntimeError(
                f"best_model_criterion names {sorted(wanted)}, but validation measures "
                f"{sorted(reporter.stats)}; ESPnet would keep no best epoch"
            )

    @staticmethod
    def criteria(options: Any, phase: str) -> set[str]:
        """Return the names of the values that determine the best epochs of a phase.

        Args:
            options: Trainer options.
            phase: ``train`` or ``valid``.

        Returns:
            Names of values.
        """
        return {key for at, key, _ in options.best_model_criterion if at == phase}


def _refuse_accumulation(accum_grad: int, iterator: Any) -> None:
    """Refuse epochs with fewer batches than a step accumulates: none would be taken."""
    batches = len(iterator) if hasattr(iterator, "__len__") else accum_grad
    if 0 < batches < accum_grad:
        raise ValueError(
            f"accum_grad {accum_grad} is more than the {batches} batches of an epoch, "
            "so that no step is ever taken; lower it or batch_size"
        )


class GenAudioTrainer(SafeTraining, Trainer):
    """ESPnet's Trainer inside ``SafeTraining``."""
