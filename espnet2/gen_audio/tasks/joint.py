"""Train GPT-2 and U-Net together (stage ``train_joint``)."""

import argparse
from collections.abc import Callable
from typing import Any

from espnet2.gen_audio.conditioner.phoneme_reader import PhonemeReader
from espnet2.gen_audio.conditioner.units import TextUnits
from espnet2.gen_audio.loa_lm.guide import SAMPLES_NAME
from espnet2.gen_audio.parts import PARTS
from espnet2.gen_audio.preprocess.caption_preprocessor import CaptionPreprocessor
from espnet2.gen_audio.preprocess.phoneme_preprocessor import PhonemePreprocessor
from espnet2.gen_audio.tasks.ldm import LDMTask, matrix_of
from espnet2.gen_audio.tasks.loa_lm import LOALMTask
from espnet2.gen_audio.training.task import GenAudioTask, read_yaml

TASKS = {"loa_lm": LOALMTask, "ldm": LDMTask}


class JointTask(GenAudioTask):
    """Fine-tune the parts of two experiments; ``--init_from`` gives their weights."""

    record = PARTS["joint"]
    data_names = ("latent", "loa")
    optional_names = ("sentence", "tokens", "caption", "phonemes", SAMPLES_NAME)

    @classmethod
    def add_part_arguments(cls, group: Any) -> None:
        """Add the options that name the parts.

        Args:
            group: Argument group to add to.
        """
        from espnet2.utils.nested_dict_action import NestedDictAction

        for name in TASKS:
            group.add_argument(
                f"--{name}_config",
                default=None,
                help=f"config.yaml of the {name} experiment; config.yaml of this one "
                "keeps what describes the part.",
            )
            group.add_argument(
                f"--{name}_conf",
                action=NestedDictAction,
                default={},
                help=f"The part's config itself; wins over --{name}_config.",
            )

    @classmethod
    def resolve(cls, args: argparse.Namespace) -> None:
        """Put the configs of both parts into the options.

        Args:
            args: Options, changed in place.

        Raises:
            ValueError: If a config is missing or of another part, both read captions
                but cut them differently, or one reads captions and one phonemes.
        """
        for name, task in TASKS.items():
            path = getattr(args, f"{name}_config")
            stated = {} if path is None else read_yaml(path)
            conf = {**stated, **(getattr(args, f"{name}_conf") or {})}
            if conf.get("part", name) != name:
                raise ValueError(
                    f"--{name}_config {path} is the config of a {conf['part']}; give "
                    f"that of a {name}"
                )
            keep = _options_of(task)
            conf = {key: value for key, value in conf.items() if key in keep}
            # a published model has no encoding of the empty caption: a file gives it
            for key in ("null_tokens", "null_sentence"):
                if isinstance(conf.get(key), str):
                    conf[key] = matrix_of(key, conf[key])
            setattr(args, f"{name}_conf", conf)
            setattr(args, f"{name}_config", None)
        # the clip is that of the parts, and config.yaml should not say otherwise
        args.geometry_conf = args.ldm_conf.get("geometry_conf") or args.geometry_conf
        if _units_of(args) is not None and PhonemeReader.of_config(vars(args)):
            raise ValueError(
                "loa_lm reads phonemes and ldm captions; train an ldm on LOA alone "
                "(tokens_dim null), as the speech models do"
            )

    @classmethod
    def build_preprocess_fn(
        cls, args: argparse.Namespace, train: bool
    ) -> Callable[..., dict[str, Any]] | None:
        """Return what turns text into ids, if a part reads captions or phonemes.

        Phonemes reach the language model alone; the U-Net takes none from a batch.

        Args:
            args: Options, settled.
            train: False for statistics and validation.

        Returns:
            The preprocessor, or None: dumped streams are model inputs already.
        """
        reader = PhonemeReader.of_config(vars(args))
        if reader is not None:
            return PhonemePreprocessor(train, reader.vocabulary)
        units = _units_of(args)
        if units is None:
            return None
        return CaptionPreprocessor(train, TextUnits.from_text(units))


def _options_of(task: type[GenAudioTask]) -> set[str]:
    """Return the names of a task's own options: all that describes its model."""
    parser = argparse.ArgumentParser()
    task.add_task_arguments(parser)
    training_only = {"geometry", "init_from", "finetune_from"}
    training_only |= {"num_att_plot", "batch_type"}
    return set(vars(parser.parse_args([]))) - training_only


def _units_of(args: argparse.Namespace) -> str | None:
    """Return the units that captions are cut into, or None without captions."""
    confs = (args.loa_lm_conf, args.ldm_conf)
    units = [c["units_model"] for c in confs if c.get("text_encoder") == "units"]
    if len(set(units)) > 1:
        raise ValueError(
            "loa_lm and ldm cut captions into different units; train both with the "
            "same --units_model"
        )
    return units[0] if units else None
