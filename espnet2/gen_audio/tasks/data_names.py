"""Accept data of conditions that the config of a training declares."""

import argparse
from collections.abc import Iterable

from espnet2.gen_audio.encoder.text_options import names_of_data
from espnet2.gen_audio.training.task import GenAudioTask


def accept_conditions(
    task: type[GenAudioTask], args: argparse.Namespace, conditions: Iterable[str]
) -> None:
    """Accept data of the conditions that the config of a training declares.

    ESPnet accepts either a fixed list of data names per task or any name. Here the
    names of the task and of the config are accepted, and all others are refused.

    Args:
        task: The task.
        args: Its options, changed in place.
        conditions: Names of the conditions of the model.

    Raises:
        ValueError: If the model does not read some of the given data.
    """
    usual = {*task.data_names, *task.optional_names}
    unknown = names_of_data(args) - usual - set(conditions)
    if unknown:
        raise ValueError(
            f"data named {', '.join(sorted(unknown))} were given; this model reads "
            f"{', '.join(sorted(usual | set(conditions)))}: remove them, or declare "
            "the condition in the config"
        )
    if set(conditions) - usual:
        args.allow_variable_data_keys = True
