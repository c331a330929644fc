"""Train GPT-2 and U-Net together (stage ``train_joint``)."""

import argparse
from collections.abc import Mapping
from typing import Any

from espnet2.gen_audio.diffusion.published_conditions import null_options
from espnet2.gen_audio.encoder.abs_text_encoder import Preprocessor
from espnet2.gen_audio.encoder.choices import (
    text_encoder_class,
    text_preprocessor,
)
from espnet2.gen_audio.old_names import rename_options
from espnet2.gen_audio.parts import PARTS
from espnet2.gen_audio.tasks.data_names import accept_conditions
from espnet2.gen_audio.tasks.ldm import LDMTask, matrix_of
from espnet2.gen_audio.tasks.loa_lm import LOALMTask
from espnet2.gen_audio.training.encoded_batches import add_encoding_argument
from espnet2.gen_audio.training.task import GenAudioTask, read_yaml

TASKS = {"loa_lm": LOALMTask, "ldm": LDMTask}


class JointTask(GenAudioTask):
    """Fine-tune the parts of two experiments, with weights of ``--init_from``."""

    record = PARTS["joint"]
    data_names = ("latent", "loa")
    optional_names = LOALMTask.optional_names

    @classmethod
    def add_part_arguments(cls, group: Any) -> None:
        """Add the options for the configs of both parts.

        Args:
            group: Argument group to add to.
        """
        from espnet2.utils.nested_dict_action import NestedDictAction

        for name in TASKS:
            group.add_argument(
                f"--{name}_config",
                default=None,
                help=f"config.yaml of the {name} experiment; the keys that describe "
                f"the part are stored in {name}_conf.",
            )
            group.add_argument(
                f"--{name}_conf",
                action=NestedDictAction,
                default={},
                help=f"Keys that replace those of --{name}_config. A key ending in "
                "_conf replaces the whole mapping there; the two are not merged.",
            )
        add_encoding_argument(group)

    @classmethod
    def resolve(cls, args: argparse.Namespace) -> None:
        """Store the configs of both parts in the options.

        Args:
            args: Options, changed in place.
        """
        rename_options(cls.record.name, args)
        for name in TASKS:
            setattr(args, f"{name}_conf", _part_conf(args, name))
            setattr(args, f"{name}_config", None)
        # the geometry is that of the parts, also in config.yaml
        args.geometry_conf = args.ldm_conf.get("geometry_conf") or args.geometry_conf
        _config_with_text_encoder(args)
        declared = args.ldm_conf.get("conditions") or {}
        dims = (args.loa_lm_conf.get("lm_conf") or {}).get("condition_dims") or {}
        accept_conditions(cls, args, {*declared, *dims})

    @classmethod
    def build_preprocess_fn(
        cls, args: argparse.Namespace, train: bool
    ) -> Preprocessor | None:
        """Return the preprocessor of text, if a part has a text encoder.

        Args:
            args: Options, settled.
            train: False for statistics and validation.

        Returns:
            The preprocessor; None for dumped streams, which are model inputs already.
        """
        return text_preprocessor(_config_with_text_encoder(args), train)


def _part_conf(args: argparse.Namespace, name: str) -> dict[str, Any]:
    """Return the config of a part: keys of options replace those of its experiment."""
    path = getattr(args, f"{name}_config")
    stated = {} if path is None else read_yaml(path)
    conf = {**stated, **(getattr(args, f"{name}_conf") or {})}
    if conf.get("part", name) != name:
        raise ValueError(
            f"--{name}_config {path} is the config of a {conf['part']}; give "
            f"that of a {name}"
        )
    keep = _options_of(TASKS[name])
    conf = {key: value for key, value in conf.items() if key in keep}
    # published models lack the encoding of the empty caption; it may be a file
    for key in null_options().values():
        if isinstance(conf.get(key), str):
            conf[key] = matrix_of(key, conf[key])
    return conf


def _options_of(task: type[GenAudioTask]) -> set[str]:
    """Return the names of a task's options that describe its model."""
    parser = argparse.ArgumentParser()
    task.add_task_arguments(parser)
    training_only = {"geometry", "init_from", "finetune_from"}
    training_only |= {"num_att_plot", "batch_type", "clip_weights", "encode_audio"}
    return set(vars(parser.parse_args([]))) - training_only


def _config_with_text_encoder(args: argparse.Namespace) -> Mapping[str, Any]:
    """Return the config of the part with a text encoder; an empty one if none has.

    If both have one, their vocabularies must be equal, because a batch has one text.
    """
    confs = (args.loa_lm_conf, args.ldm_conf)
    read = [(text_encoder_class(conf), conf) for conf in confs]
    read = [(encoder, conf) for encoder, conf in read if encoder is not None]
    if not read:
        return {}
    if len(read) > 1:
        (one, lm_conf), (other, ldm_conf) = read
        if one is not other:
            raise ValueError(
                f"loa_lm reads {one.stream} and ldm {other.stream}; train an ldm on "
                "LOA only (tokens_dim null), as in the speech models"
            )
        if one.vocabulary_of(lm_conf) != one.vocabulary_of(ldm_conf):
            raise ValueError(
                f"loa_lm and ldm read {one.stream} with different vocabularies; train "
                "both with one vocabulary (--units_model, --token_list)"
            )
    return read[0][1]
