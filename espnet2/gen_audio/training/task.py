"""Base class of all tasks: options, geometry, initial weights, a self-contained config.

A part's task names its record and its data, and adds its own options; see
``GenAudioTask``. It works with ESPnet 202511 and 202611.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from espnet2.train.abs_espnet_model import AbsESPnetModel
from espnet2.utils.nested_dict_action import NestedDictAction
from espnet2.utils.types import str_or_none

from espnet2.gen_audio.accel.prepare import prepare
from espnet2.gen_audio.checkpoint.experiment import load_strictly
from espnet2.gen_audio.cli.command import remove_implicit_handlers
from espnet2.gen_audio.cli.config_option import take_plain_values
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.files.tensor_file import load_tensors
from espnet2.gen_audio.parts import PartRecord
from espnet2.gen_audio.ranks import leave, own_rank, refuse_other_engines
from espnet2.gen_audio.training.batch_task import BatchTask
from espnet2.gen_audio.training.config_file import read_yaml
from espnet2.gen_audio.training.index_check import check_indexes, refuse_without_data
from espnet2.gen_audio.training.init_options import (
    add_initial_arguments,
    initialise,
    settle_initial,
)
from espnet2.gen_audio.training.previous_epoch import CHECKPOINT
from espnet2.gen_audio.training.trainer import GenAudioTrainer
from espnet2.gen_audio.training.watch_examples import add_watch_arguments, watching


class GenAudioTask(BatchTask):
    """Train one part of AudioLDM 2.

    A subclass sets the class attributes and overrides ``add_part_arguments``,
    ``resolve`` and ``build_preprocess_fn`` if necessary.

    Attributes:
        record: Record of the part: its name, which is stored in config.yaml, and the
            function that builds its model.
        data_names: Names of the data that training needs.
        optional_names: Names of the data that training can use.
    """

    record: PartRecord
    data_names: tuple[str, ...] = ()
    optional_names: tuple[str, ...] = ()
    trainer = GenAudioTrainer

    @classmethod
    def get_parser(cls) -> argparse.ArgumentParser:
        """Return ESPnet's parser with the options of this task; it runs no words."""
        parser = super().get_parser()
        take_plain_values(parser)
        return parser

    @classmethod
    def add_task_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the options of all parts, then the options of this part.

        Args:
            parser: ESPnet's parser.
        """
        # ESPnet's defaults are for recognition: attention plots, batches by length
        parser.set_defaults(num_att_plot=0, batch_type="unsorted")
        group = parser.add_argument_group("Task related")
        group.add_argument(
            "--part",
            default=cls.record.name,
            help="The part that the config belongs to.",
        )
        group.add_argument(
            "--geometry",
            type=str_or_none,
            default=None,
            help="YAML file of ClipGeometry; config.yaml stores its contents instead.",
        )
        group.add_argument(
            "--geometry_conf",
            action=NestedDictAction,
            default=dict(),
            help="Values of ClipGeometry; they override the file.",
        )
        group.add_argument(
            "--clip_weights",
            type=str_or_none,
            default=None,
            help="File of '<id> <weight>' lines: how often clips are visited.",
        )
        add_initial_arguments(group)
        add_watch_arguments(group)
        group.add_argument(
            "--model_conf",
            action=NestedDictAction,
            default=dict(),
            help="Arguments of the ESPnet model.",
        )
        for choices in cls.class_choices_list:
            choices.add_arguments(group)
        cls.add_part_arguments(group)

    @classmethod
    def add_part_arguments(cls, group: Any) -> None:
        """Add the part's own options; names use ``_`` and none is ``required=True``.

        Args:
            group: Argument group to add to.
        """

    @classmethod
    def resolve(cls, args: argparse.Namespace) -> None:
        """Replace paths of the part's options by file contents, as plain YAML values.

        A second call changes nothing: a path that was read has become None.

        Args:
            args: Options, changed in place.
        """

    @classmethod
    def settle(cls, args: argparse.Namespace) -> None:
        """Refuse unsafe options, and replace paths in ``args`` by file contents.

        Args:
            args: Options, changed in place.

        Raises:
            ValueError: If the config is of another part, or an option that cannot be
                used is given.
        """
        if args.part != cls.record.name:
            raise ValueError(
                f"the config is for part '{args.part}', but {cls.__name__} trains "
                f"'{cls.record.name}'; give the config of that part"
            )
        refuse_other_engines(args)
        settle_initial(args)
        stated = {} if args.geometry is None else read_yaml(args.geometry)
        geometry = ClipGeometry.from_dict({**stated, **args.geometry_conf})
        args.geometry, args.geometry_conf = None, geometry.to_dict()
        cls.resolve(args)

    @classmethod
    def main(
        cls, args: argparse.Namespace | None = None, cmd: Sequence[str] | None = None
    ) -> None:
        """Run a training; options are read before ESPnet prints the command.

        Args:
            args: Options; None reads ``cmd``.
            cmd: Arguments; None takes those of the process.
        """
        super().main(cls.get_parser().parse_args(cmd) if args is None else args)

    @classmethod
    def main_worker(cls, args: argparse.Namespace) -> None:
        """Settle the options, then run ESPnet's ``main_worker``; one call per process.

        Args:
            args: Options.

        Raises:
            ValueError: If training would overwrite an earlier run, has no data, or a
                matrix index has an entry that runs a command or unpickles a file.
        """
        # collecting statistics may skip build_model, but needs the geometry
        cls.settle(args)
        check_indexes(args)
        if not args.dry_run and args.iterator_type == "sequence":
            refuse_without_data(args, cls.data_names)
        if not (args.resume or args.dry_run or args.collect_stats):
            if (Path(args.output_dir) / CHECKPOINT).exists():
                raise ValueError(
                    f"{args.output_dir} contains an earlier run; continue it with "
                    "--resume true, or give another --output_dir"
                )
        remove_implicit_handlers()
        with watching(args):
            super().main_worker(args)
        if own_rank() == 0 and not (args.collect_stats or args.dry_run):
            cls.conclude(args)
        leave()

    @classmethod
    def conclude(cls, args: argparse.Namespace) -> None:
        """Say what is to be said at the end of a training, in its first process.

        Args:
            args: Options.
        """

    @classmethod
    def build_model(cls, args: argparse.Namespace) -> AbsESPnetModel:
        """Build the model from the settled options and load its initial weights.

        Args:
            args: Options, changed in place to the contents of config.yaml.

        Returns:
            The ESPnet model.
        """
        cls.settle(args)
        # only for ESPnet's collect_stats, which has read it already
        args.model_conf.pop("extract_feats_in_collect_stats", None)
        model = cls.record.build(vars(args))
        initialise(model, args, fresh=not cls.goes_on(args))
        prepare(model, change_layers=False)  # for validation
        return model

    @classmethod
    def goes_on(cls, args: argparse.Namespace) -> bool:
        """Return whether ESPnet will load all weights from a checkpoint later."""
        if not getattr(args, "resume", False) or getattr(args, "collect_stats", False):
            return False
        return (Path(args.output_dir) / CHECKPOINT).exists()

    @classmethod
    def build_model_from_file(
        cls,
        config_file: str | Path | None = None,
        model_file: str | Path | None = None,
        device: str = "cpu",
    ) -> tuple[AbsESPnetModel, argparse.Namespace]:
        """Build the model of an experiment; tensors only, every name must fit.

        Args:
            config_file: config.yaml; beside the weights if not given.
            model_file: Weights that training saved.
            device: Device of the model.

        Returns:
            The model and its options.

        Raises:
            ValueError: If neither file is given, the config is no plain YAML, or a
                weight is missing, extra, misshapen or not finite.
        """
        if config_file is None:
            if model_file is None:
                raise ValueError(
                    f"config_file {config_file} and model_file {model_file}: give one "
                    "of them, or both"
                )
            config_file = Path(model_file).parent / "config.yaml"
        args = argparse.Namespace(**read_yaml(config_file))
        model = cls.build_model(args).to(device)
        if model_file is not None:
            load_strictly(model, load_tensors(model_file), model_file)
        return model, args

    @classmethod
    def build_preprocess_fn(
        cls, args: argparse.Namespace, train: bool
    ) -> Callable[..., dict[str, Any]] | None:
        """Return the preprocessor of each clip; none by default.

        Args:
            args: Options, settled.
            train: False for statistics and validation.

        Returns:
            A preprocessor or None.
        """
        return None

    @classmethod
    def required_data_names(
        cls, train: bool = True, inference: bool = False
    ) -> tuple[str, ...]:
        """Return ``data_names``.

        Args:
            train: Unused.
            inference: Unused.

        Returns:
            Names of data that must be given.
        """
        return cls.data_names

    @classmethod
    def optional_data_names(
        cls, train: bool = True, inference: bool = False
    ) -> tuple[str, ...]:
        """Return ``optional_names``.

        Args:
            train: Unused.
            inference: Unused.

        Returns:
            Names of data that may be given.
        """
        return cls.optional_names
