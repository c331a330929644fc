"""Random numbers of one process of several, in its data loaders too.

ESPnet seeds every process with the seed of the training plus the epoch. All of them
would therefore draw the same diffusion steps, noise, masks, crops and drops, and N
processes would learn from 1/N of them. The first process keeps ESPnet's numbers, which
are those of a training by one process.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import get_worker_info

from espnet2.gen_audio.ranks import own_rank, seed_generators, seed_of

Preprocess = Callable[[str, dict[str, Any]], dict[str, Any]]


def begin_epoch(
    model: torch.nn.Module,
    optimizers: Sequence[torch.optim.Optimizer],
    seed: int,
    epoch: int,
) -> None:
    """Seed this process for an epoch, and take nothing else over from the last one.

    An epoch depends on weights, states of optimisers and its number alone, so that a
    training that was killed goes on as it would have.

    Args:
        model: Model, perhaps wrapped for several processes.
        optimizers: Lose the gradients of batches that did not complete a step, where
            ``accum_grad`` does not divide their number.
        seed: Seed of the training; the first process keeps ESPnet's of the epoch.
        epoch: The epoch that begins.
    """
    if own_rank() > 0:
        seed_generators(seed_of(seed, epoch, own_rank()))
    for optimizer in optimizers:
        optimizer.zero_grad()
    if isinstance(model, DistributedDataParallel):
        # they are computed alike in every process (``ranks``), and a broadcast would
        # change them under the graph that both turns of a GAN share
        model.broadcast_buffers = False


class OwnDraws:
    """A preprocessor that draws numbers of its own in each worker of a data loader.

    ESPnet seeds NumPy in a worker by epoch and number of the worker, in every process
    alike. torch's seed of a worker comes from the generator of its process.

    Args:
        preprocess: What a worker calls for each example.
    """

    def __init__(self, preprocess: Preprocess):
        self.preprocess = preprocess
        self._seed: int | None = None

    def __call__(self, uid: str, data: dict[str, Any]) -> dict[str, Any]:
        """Return what the preprocessor makes of an example.

        Args:
            uid: Id of the clip.
            data: The example.

        Returns:
            The processed example.
        """
        worker = get_worker_info()
        if worker is not None and worker.seed != self._seed:
            self._seed = worker.seed
            seed_generators(worker.seed % 2**32)
        return self.preprocess(uid, data)
