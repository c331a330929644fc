"""A regressor and an adversarial toy, trained by the real tasks in a second or so.

Loaded by path under the name ``gen_audio_toy_task`` (see ``conftest.py``), because the
folders of the tests are no packages.
"""

import contextlib
from pathlib import Path

import numpy as np
import torch
from espnet2.torch_utils.device_funcs import force_gatherable
from espnet2.train.abs_espnet_model import AbsESPnetModel
from espnet2.train.abs_gan_espnet_model import AbsGANESPnetModel

from espnet2.gen_audio.ema import WeightAverage
from espnet2.gen_audio.parts import PartRecord
from espnet2.gen_audio.training.gan_task import GenAudioGANTask
from espnet2.gen_audio.training.task import GenAudioTask

NAME = "gen_audio_toy_task"
GEOMETRY = {"seconds": 2.56, "downsample": 8}


class Regressor(AbsESPnetModel):
    """Predict the sum of four numbers; dropout makes it depend on random numbers."""

    def __init__(self, width: int = 8, spoil: float | None = None, at: str = "train"):
        super().__init__()
        self.net = torch.nn.Sequential(
            torch.nn.Linear(4, width), torch.nn.Dropout(0.2), torch.nn.Linear(width, 1)
        )
        self.ema = WeightAverage(self.net, decay=0.9)
        self.spoil, self.at = spoil, at

    def update_ema(self):
        self.ema.update(self.net)

    def ema_weights(self):
        return self.ema.swapped(self.net)

    def forward(self, x, x_lengths, **kwargs):
        loss = (self.net(x)[:, 0] - x.sum(dim=1)).square().mean()
        if self.at == "gradient":
            loss = loss + (0 * loss).sqrt()  # finite, but its derivative is not
        elif self.spoil is not None and self.training == (self.at == "train"):
            loss = loss * self.spoil
        return force_gatherable((loss, {"loss": loss.detach()}, len(x)), loss.device)

    def collect_feats(self, x, x_lengths, **kwargs):
        return {"x": x, "x_lengths": x_lengths}


class Adversary(AbsGANESPnetModel):
    """A generator that maps noise to the data, against a linear discriminator."""

    def __init__(self, width: int = 8):
        super().__init__()
        self.generator = torch.nn.Sequential(
            torch.nn.Linear(4, width), torch.nn.Tanh(), torch.nn.Linear(width, 4)
        )
        self.discriminator = torch.nn.Linear(4, 1)
        self.ema = WeightAverage(self.generator, decay=0.9)

    def update_ema(self):
        self.ema.update(self.generator)

    def ema_weights(self):
        return contextlib.nullcontext()

    def generator_parameters(self):
        return self.generator.parameters()

    def discriminator_parameters(self):
        return self.discriminator.parameters()

    def forward(self, x, x_lengths, forward_generator=True, **kwargs):
        made = self.generator(torch.randn_like(x))
        if forward_generator:
            loss = -self.discriminator(made).mean() + (made - x).square().mean()
            stats, index = {"generator_loss": loss.detach()}, 0
        else:
            score = self.discriminator(made.detach()) - self.discriminator(x)
            loss = torch.nn.functional.softplus(score).mean()
            stats, index = {"discriminator_loss": loss.detach()}, 1
        loss, stats, weight = force_gatherable((loss, stats, len(x)), loss.device)
        return {"loss": loss, "stats": stats, "weight": weight, "optim_idx": index}

    def collect_feats(self, x, x_lengths, **kwargs):
        return {"x": x, "x_lengths": x_lengths}


def build_regressor(config: dict) -> Regressor:
    torch.manual_seed(config["geometry_conf"]["downsample"])
    return Regressor(**config["model_conf"])


def build_adversary(config: dict) -> Adversary:
    return Adversary(**config["model_conf"])


class ToyTask(GenAudioTask):
    record = PartRecord("toy", f"{NAME}:build_regressor")
    data_names = ("x",)

    @classmethod
    def add_part_arguments(cls, group):
        group.add_argument("--words", default=None, help="a file of words")
        group.add_argument("--word_list", default=None, help="its contents")

    @classmethod
    def resolve(cls, args):
        if args.words is not None:
            args.word_list = Path(args.words).read_text().split()
            args.words = None


class ToyGANTask(GenAudioGANTask):
    record = PartRecord("gan_toy", f"{NAME}:build_adversary")
    data_names = ("x",)


def write_data(folder: Path, count: int = 24) -> Path:
    """Write ``count`` items of four numbers and their shape file; return the folder."""
    rows = np.random.RandomState(0).randn(count, 4).round(3)
    ids = [f"clip{n:03d}" for n in range(count)]
    lines = [f"{i} {' '.join(map(str, row))}\n" for i, row in zip(ids, rows)]
    (folder / "x.txt").write_text("".join(lines))
    (folder / "x_shape").write_text("".join(f"{i} 4\n" for i in ids))
    return folder


def command(data: Path, output_dir: Path, **options: object) -> list[str]:
    """Return the arguments of one training run; ``options`` add and override."""
    chosen = {
        "output_dir": output_dir,
        "train_data_path_and_name_and_type": f"{data}/x.txt,x,text_float",
        "valid_data_path_and_name_and_type": f"{data}/x.txt,x,text_float",
        "train_shape_file": f"{data}/x_shape",
        "valid_shape_file": f"{data}/x_shape",
        "batch_size": 4,
        "num_workers": 0,
        "max_epoch": 3,
        "num_iters_per_epoch": 4,
        "optim": "adamw",
        "optim_conf": "lr=0.05",
        "scheduler": "warmuplr",
        "scheduler_conf": "warmup_steps=5",
        "best_model_criterion": "valid,loss,min",
        "keep_nbest_models": 1,
        "resume": "true",
        "use_matplotlib": "false",
        "use_tensorboard": "false",
        "log_level": "WARNING",
    }
    chosen.update(options)
    words: list[str] = []
    for name, value in chosen.items():
        values = value if isinstance(value, (list, tuple)) else [value]
        for item in values:
            words += [f"--{name}", str(item)]
    return words


def gan_command(data: Path, output_dir: Path, **options: object) -> list[str]:
    """Return the arguments of one adversarial run."""
    chosen = {
        "optim2": "adam",
        "optim2_conf": "lr=0.02",
        "scheduler2": "steplr",
        "scheduler2_conf": "step_size=2",
        "best_model_criterion": "valid,generator_loss,min",
    }
    return command(data, output_dir, **{**chosen, **options})
