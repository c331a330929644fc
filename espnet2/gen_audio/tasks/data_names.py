"""Accept data of conditions that the config of a training declares."""

import argparse
from collections.abc import Collection, Iterable

from espnet2.gen_audio.encoder.text_options import names_of_data
from espnet2.gen_audio.training.encoded_batches import AUDIO, STREAMS
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
        ValueError: If the model does not read some of the given data, or sounds are
            given and a stream that it needs is neither given nor made of them.
    """
    conditions = [*conditions]
    _refuse_missing_streams(args, {*task.data_names, *conditions})
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


def _refuse_missing_streams(args: argparse.Namespace, needed: Collection[str]) -> None:
    """Refuse sounds that would not become all streams that the model needs."""
    encoded = getattr(args, "encode_audio", None) or {}
    for mode in ("train", "valid"):
        option = f"{mode}_data_path_and_name_and_type"
        given = {name for _, name, _ in getattr(args, option, None) or []}
        absent = {*needed} - given - {*encoded}
        missing = [stream for stream in STREAMS if stream in absent]
        if AUDIO in given and missing:
            raise ValueError(
                f"--{option} has sounds (audio) and no {' and no '.join(missing)}, and "
                f"--encode_audio names {', '.join(encoded) or 'no stream'}; add "
                f"--encode_audio {missing[0]}=EXPERIMENT, or dumped data of this name"
            )
