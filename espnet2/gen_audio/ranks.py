"""Ranks: the processes of one distributed training, and what they agree on.

ESPnet splits every batch among the processes, averages their losses by clips, and gives
all of them one seed. What depends on the batch as a whole, such as batch normalisation
or a mean over unequal numbers of positions, is summed over the processes here, so that
a batch means the same for any number of them. Alone, a process gets back what it gave.
"""

import random
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import torch
from torch import distributed

Result = TypeVar("Result")


def number_of_ranks() -> int:
    """Return the number of processes of this training, 1 if it is not distributed."""
    joined = distributed.is_available() and distributed.is_initialized()
    return distributed.get_world_size() if joined else 1


def own_rank() -> int:
    """Return the number of this process, from 0."""
    return distributed.get_rank() if number_of_ranks() > 1 else 0


def seed_of(seed: int, epoch: int, rank: int) -> int:
    """Return the seed of one process for one epoch.

    Args:
        seed: Seed of the training.
        epoch: Number of the epoch.
        rank: Number of the process; the first has ESPnet's own seed of the epoch, so
            that a training by one process draws the numbers that it always drew.

    Returns:
        A seed for all random generators.
    """
    if rank == 0:
        return seed + epoch
    sequence = np.random.SeedSequence([seed % 2**32, epoch, rank])
    return int(sequence.generate_state(1)[0])


def seed_generators(seed: int) -> None:
    """Seed the generators of Python, NumPy and torch.

    Args:
        seed: From 0 to 2^32 - 1.
    """
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def sum_over_ranks(values: torch.Tensor) -> torch.Tensor:
    """Add up a tensor over all processes; gradients flow to each of them.

    The backward pass communicates too. It must therefore stand in graphs that are the
    same in every process; where processes draw what they compute, take the values
    detached.

    Args:
        values: Of one shape in every process.

    Returns:
        The sum, same shape.
    """
    if number_of_ranks() == 1:
        return values
    values = values.contiguous()  # elements are added in the order of their memory
    if not (values.requires_grad and torch.is_grad_enabled()):
        total = values.detach().clone()
        distributed.all_reduce(total)
        return total
    from torch.distributed.nn.functional import all_reduce

    return all_reduce(values)


def moments_over_ranks(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return mean and variance of the rows of all processes, with ``sum_over_ranks``.

    Args:
        rows: Those of this process, (N, C).

    Returns:
        Mean and biased variance, (C,) each.
    """
    if number_of_ranks() == 1:
        return rows.mean(dim=0), rows.var(dim=0, unbiased=False)
    count = sum_over_ranks(rows.new_tensor(len(rows)))
    mean = sum_over_ranks(rows.sum(dim=0)) / count
    return mean, sum_over_ranks((rows - mean).square().sum(dim=0)) / count


def smallest_over_ranks(number: int, device: torch.device | str) -> int:
    """Return the smallest of one number of each process.

    Args:
        number: That of this process.
        device: Device of the training.

    Returns:
        The smallest.
    """
    if number_of_ranks() == 1:
        return number
    found = torch.tensor(number, device=device)
    distributed.all_reduce(found, op=distributed.ReduceOp.MIN)
    return int(found)


def share_of(clips: int, device: torch.device | str) -> float:
    """Return which fraction of the clips of a batch this process has.

    Args:
        clips: Clips of this process.
        device: Device of the training.

    Returns:
        Above 0, at most 1.
    """
    if number_of_ranks() == 1:
        return 1.0
    return clips / int(sum_over_ranks(torch.tensor(clips, device=device)))


def raise_on_every_rank(message: str | None, device: torch.device | str) -> None:
    """Stop every process if one has a reason to stop.

    If only that one stopped, the others would wait for it, in the worst case until a
    time limit ends them without a word.

    Args:
        message: Reason of this process; None if it has none.
        device: Device of the training.

    Raises:
        RuntimeError: If a process has a reason; with the first of them.
    """
    if smallest_over_ranks(1 if message is None else 0, device) == 1:
        return
    messages = [message]
    if number_of_ranks() > 1:
        messages *= number_of_ranks()
        distributed.all_gather_object(messages, message)
    raise RuntimeError(next(each for each in messages if each is not None))


def by_first_rank(function: Callable[[], Result]) -> Result:
    """Call a function in the first process and give its result to all.

    Args:
        function: Called without arguments, in the first process only.

    Returns:
        Its result, in every process.

    Raises:
        Exception: In every process, if the function raised it.
    """
    if number_of_ranks() == 1:
        return function()
    told: list = [None, None]
    if own_rank() == 0:
        try:
            told[0] = function()
        except Exception as error:  # every process must stop after any error
            told[1] = error
    distributed.broadcast_object_list(told, src=0)
    if told[1] is not None:
        raise told[1]
    return told[0]


def leave() -> None:
    """Wait for the other processes, then end the communication with them."""
    if distributed.is_available() and distributed.is_initialized():
        distributed.barrier()
        distributed.destroy_process_group()


def refuse_other_engines(args: Any) -> None:
    """Refuse ESPnet's engines of distributed training that replace its trainer's parts.

    Args:
        args: Options of a training.

    Raises:
        ValueError: If one of them is chosen.
    """
    for name in ("sharded_ddp", "use_deepspeed"):
        if getattr(args, name, False):
            raise ValueError(
                f"--{name} true is not supported: averaged weights, own draws of "
                "processes and restarts are those of DistributedDataParallel; leave it "
                "out"
            )
