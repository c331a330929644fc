"""One of two processes that do a list of trainings: ``two_ranks.py RANK FOLDER``.

``FOLDER/jobs.json`` has the jobs in order. A job of both ranks is one distributed
training with gloo; a job of one rank is a training by one process, while the other one
goes on. Results are written beside the experiments.
"""

import importlib
import importlib.util
import json
import os
import random
import signal
import sys
import traceback
import zlib
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from torch.nn import functional

from espnet2.gen_audio import ranks
from espnet2.gen_audio.preprocess.clip_preprocessor import ClipPreprocessor
from espnet2.gen_audio.training import trainer
from espnet2.gen_audio.training.finite_check import BatchIds

DRAWS = ("rand", "randn", "randn_like", "randint")


class Seen:
    """Ids of the present batch, and the number of batches and draws of the epoch."""

    def __init__(self):
        self.ids: list[str] = []
        self.epoch = self.batches = self.draws = 0

    def begun(self, begin):
        """Return the function that begins an epoch, with a new count."""

        def begin_and_count(model, optimizers, seed, epoch):
            begin(model, optimizers, seed, epoch)
            self.epoch, self.batches = epoch, 0

        return begin_and_count

    def watched(self, iterate, kept=None):
        """Return an iteration over batches that keeps their ids."""

        def iterate_and_keep(batches):
            for ids, batch in iterate(batches):
                self.ids, self.draws = list(ids), 0
                self.batches += 1
                if kept is not None:
                    kept("state", [zlib.crc32(torch.get_rng_state().numpy())])
                    kept("ids", list(ids))
                    for row in batch.get("audio", ()):
                        kept("audio", row)
                yield ids, batch

        return iterate_and_keep


def without_generator(name, draw):
    """Return a draw whose result ``change`` may replace, unless it has a generator."""
    original = getattr(torch, name)

    def drawn(*args, generator=None, **options):
        if generator is not None:
            return original(*args, generator=generator, **options)
        return draw(original(*args, **options), name, args)

    return drawn


@contextmanager
def recorded(path):
    """Keep every number that is drawn in training."""
    seen, lines = Seen(), []

    def keep(name, value):
        if not seen.epoch:  # validation before the training
            return
        if isinstance(value, torch.Tensor):
            value = value.flatten().tolist()
        lines.append([name, value])

    def draw(result, name, args):
        keep(name, result)
        return result

    def crop(*args, **options):
        place = randint(*args, **options)
        keep("crop", [float(place)])
        return place

    def beta(self, *args):
        gain = sample(self, *args)
        keep("gain", gain)
        return gain

    def masked(values, p=0.5, training=True, inplace=False):
        result = dropout(values, p, training, inplace)
        if training and p > 0.0:
            keep("dropout", (result == 0).float())
        return result

    randint, sample = np.random.randint, torch.distributions.Beta.sample
    dropout = functional.dropout
    with ExitStack() as stack:
        for name in DRAWS:
            stack.enter_context(
                patch.object(torch, name, without_generator(name, draw))
            )
        stack.enter_context(patch.object(np.random, "randint", crop))
        stack.enter_context(patch.object(torch.distributions.Beta, "sample", beta))
        stack.enter_context(patch.object(functional, "dropout", masked))
        iterate = seen.watched(BatchIds.__iter__, keep)
        stack.enter_context(patch.object(BatchIds, "__iter__", iterate))
        begin = seen.begun(trainer.begin_epoch)
        stack.enter_context(patch.object(trainer, "begin_epoch", begin))
        yield
    path.write_text(json.dumps(lines))


@contextmanager
def fixed_by_id():
    """Draw every number by the id of its clip, and drop out nothing."""
    seen = Seen()

    def draw(result, name, args):
        seen.draws += 1
        place = f"{seen.epoch}/{seen.batches}/{seen.draws}"
        if not result.dim() or not seen.ids or len(result) % len(seen.ids):
            rows = [(place, result)]
        else:
            each = len(result) // len(seen.ids)
            ids = [f"{name}/{n}" for name in seen.ids for n in range(each)]
            rows = [(f"{place}/{key}", row) for key, row in zip(ids, result)]
        for key, row in rows:
            generator = torch.Generator().manual_seed(zlib.crc32(key.encode()))
            if name == "randint":
                low, high = (args[0], args[1]) if len(args) > 2 else (0, args[0])
                row.random_(low, high, generator=generator)
            elif name == "rand":
                row.uniform_(generator=generator)
            else:
                row.normal_(generator=generator)
        return result

    def process(self, uid, data):
        np.random.seed(zlib.crc32(uid.encode()))
        return original(self, uid, data)

    def attend(q, k, v, mask=None, dropout_p=0.0, *args, attn_mask=None, **options):
        mask = attn_mask if mask is None else mask
        return attention(q, k, v, mask, 0.0, *args, **options)

    original = ClipPreprocessor.__call__
    attention = functional.scaled_dot_product_attention
    with ExitStack() as stack:
        for name in DRAWS:
            stack.enter_context(
                patch.object(torch, name, without_generator(name, draw))
            )
        iterate = seen.watched(BatchIds.__iter__)
        for place, name, value in (
            (BatchIds, "__iter__", iterate),
            (trainer, "begin_epoch", seen.begun(trainer.begin_epoch)),
            (ClipPreprocessor, "__call__", process),
            (functional, "dropout", lambda values, *args, **options: values),
            (functional, "scaled_dot_product_attention", attend),
        ):
            stack.enter_context(patch.object(place, name, value))
        yield


@contextmanager
def bfloat16():
    """Cast on the CPU as ESPnet's two trainers do on a GPU with bfloat16."""

    def cast(enabled=True, **options):
        return torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled)

    with ExitStack() as stack:
        for name in ("trainer", "gan_trainer"):
            module = importlib.import_module(f"espnet2.train.{name}")
            stack.enter_context(patch.object(module, "autocast", cast))
        yield


def toy():
    """Return the command of the toy task, which has no module of its own."""
    place = Path(__file__).parents[1] / "espnet2/gen_audio/training/toy_task.py"
    spec = importlib.util.spec_from_file_location("gen_audio_toy_task", place)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda words: module.ToyTask.main(cmd=words)


def killed_in(epoch, train):
    """Train in a child that is killed once the checkpoint of an epoch is there."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        saved = os.replace

        def kill_after(source, target):
            saved(source, target)
            if Path(target).name == "checkpoint.pth":
                kill_after.times += 1
                if kill_after.times == epoch:
                    os.kill(os.getpid(), signal.SIGKILL)

        kill_after.times = 0
        with patch.object(os, "replace", kill_after):
            train()
    finally:
        os._exit(1)


def causes_of(error):
    """Yield an error and what it was raised from."""
    while error is not None:
        yield error
        error = error.__cause__


def do(job, rank, folder):
    """Do one job; what goes wrong is written down and does not end the others."""
    words = list(job["words"])
    if len(job["ranks"]) > 1:
        place = f"file://{folder}/init-{job['name'].replace('/', '-')}"
        words += ["--dist_world_size", "2", "--dist_rank", str(rank)]
        words += ["--dist_backend", "gloo", "--dist_init_method", place]
    if job["command"] == "toy":
        run = toy()
    else:
        run = importlib.import_module(f"espnet2.gen_audio.bin.{job['command']}").main
    context = ExitStack()
    if job["draws"] == "recorded":
        output = folder / job["name"]
        output.mkdir(parents=True, exist_ok=True)
        context.enter_context(recorded(output / f"draws-{rank}.json"))
    elif job["draws"] != "own":
        context.enter_context(fixed_by_id())
        if job["draws"] == "bf16":
            context.enter_context(bfloat16())
    with context:
        if job.get("killed_in"):
            killed_in(job["killed_in"], lambda: run(words))
        else:
            run(words)


def main():
    rank, folder = int(sys.argv[1]), Path(sys.argv[2])
    torch.set_num_threads(1)
    failures = {}
    jobs = json.loads((folder / "jobs.json").read_text())
    own = [job for job in jobs if rank in job["ranks"]]
    for job in own:
        random.seed(0)
        try:
            do(job, rank, folder)
        except (Exception, SystemExit) as error:
            failures[job["name"]] = "".join(
                f"{type(each).__name__}: {each}\n" for each in causes_of(error)
            )
            traceback.print_exc()
            if job is own[-1]:
                break
            if torch.distributed.is_initialized():
                torch.distributed.destroy_process_group()
        assert ranks.number_of_ranks() == 1
    (folder / f"failures-{rank}.json").write_text(json.dumps(failures))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # gloo's end after an error hung once in many runs


if __name__ == "__main__":
    main()
