"""Train a student of a diffusion model, for few passes (stage ``distil``)."""

import argparse
from pathlib import Path
from typing import Any

from espnet2.train.abs_espnet_model import AbsESPnetModel
from espnet2.utils.nested_dict_action import NestedDictAction
from espnet2.utils.types import str_or_none

from espnet2.gen_audio.checkpoint.experiment import load_experiment, read_config
from espnet2.gen_audio.diffusion.published_conditions import null_options, specs_of
from espnet2.gen_audio.diffusion.student.teacher import Teacher
from espnet2.gen_audio.encoder.abs_text_encoder import Preprocessor
from espnet2.gen_audio.encoder.choices import text_preprocessor
from espnet2.gen_audio.old_names import with_new_names
from espnet2.gen_audio.parts import PARTS
from espnet2.gen_audio.tasks.data_names import accept_conditions
from espnet2.gen_audio.tasks.ldm import LDMTask, matrix_of
from espnet2.gen_audio.training.encoded_batches import add_encoding_argument
from espnet2.gen_audio.training.finetune import origins_of
from espnet2.gen_audio.training.task import GenAudioTask


class LDMStudentTask(GenAudioTask):
    """Train a student on the velocity of a trained diffusion model, its teacher."""

    record = PARTS["ldm_student"]
    data_names = ("latent",)
    optional_names = LDMTask.optional_names

    @classmethod
    def add_part_arguments(cls, group: Any) -> None:
        """Add ``--teacher`` and ``--ldm_conf``.

        Args:
            group: Argument group to add to.
        """
        group.add_argument(
            "--teacher",
            type=str_or_none,
            default=None,
            metavar="FOLDER",
            help="Experiment of the diffusion model, or of a joint training; its "
            "description is stored in ldm_conf. Resuming needs it, generation does "
            "not.",
        )
        group.add_argument(
            "--ldm_conf",
            action=NestedDictAction,
            default={},
            help="Keys that replace those of the teacher's config, such as "
            "null_tokens=FILE.npy of a published model that lacks it.",
        )
        add_encoding_argument(group)

    @classmethod
    def resolve(cls, args: argparse.Namespace) -> None:
        """Store the config of the teacher in the options.

        Args:
            args: Options, changed in place.

        Raises:
            ValueError: If there is no teacher, or it is no diffusion model.
        """
        conf = dict(args.ldm_conf or {})
        if args.teacher is not None:
            conf = {**teacher_config(args.teacher), **conf}
        if not conf:
            raise ValueError(
                f"--teacher {args.teacher}: a student needs the experiment of a "
                "trained diffusion model, for example exp/ldm_mini_..."
            )
        for key in null_options().values():
            if isinstance(conf.get(key), str):
                conf[key] = matrix_of(key, conf[key])
        args.ldm_conf = conf
        # the geometry is that of the teacher, also in config.yaml
        args.geometry_conf = conf.get("geometry_conf") or args.geometry_conf
        specs = specs_of(with_new_names("ldm", conf))
        accept_conditions(cls, args, [spec.name for spec in specs])

    @classmethod
    def build_model(cls, args: argparse.Namespace) -> AbsESPnetModel:
        """Build the student with the weights of its teacher.

        Args:
            args: Options, changed in place; config.yaml does not name the teacher's
                folder, but has the origins of its weights.

        Returns:
            The ESPnet model.
        """
        folder, given = args.teacher, bool(args.init_from)
        model = super().build_model(args)
        if folder is None:  # built from config.yaml, for generation
            return model
        args.teacher = None
        teacher = load_experiment(folder, parts=("ldm", "joint"))
        teacher = getattr(teacher, "ldm", teacher)
        origins = origins_of([], folder)
        if origins:
            args.finetuned_from = origins
        model.learn_from(Teacher(teacher), start=not (cls.goes_on(args) or given))
        return model

    @classmethod
    def build_preprocess_fn(
        cls, args: argparse.Namespace, train: bool
    ) -> Preprocessor | None:
        """Return the preprocessor of text, if the teacher has a text encoder.

        Args:
            args: Options, settled.
            train: False for statistics and validation.

        Returns:
            The preprocessor; None for dumped streams, which are model inputs already.
        """
        return text_preprocessor(args.ldm_conf, train)


def teacher_config(folder: str | Path) -> dict[str, Any]:
    """Return the keys of a teacher's config that describe its model.

    Args:
        folder: Experiment of a diffusion model or of a joint training, or a converted
            diffusion model.

    Returns:
        The keys, with the geometry.

    Raises:
        ValueError: If the folder is of another part.
    """
    config = read_config(folder)
    part = config.get("part")
    if part == "joint":
        config = config.get("ldm_conf") or {}
    elif part != "ldm":
        raise ValueError(
            f"--teacher {folder} holds a {part}; give the experiment of a diffusion "
            "model (ldm) or of a joint training"
        )
    record = PARTS["ldm"]
    wanted = {*record.config_keys(), "geometry_conf"} - {*record.unpacked_keys}
    return {key: value for key, value in config.items() if key in wanted}
