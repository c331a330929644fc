"""Check the data of a training before ESPnet opens them.

ESPnet's loader of ``kaldi_ark`` data runs an entry that is a command and unpickles some
files. Trainings use ``ListedMatrices`` of ``kaldi/listed_data.py``, which checks each
matrix when it is read, so that of long indexes only samples are read before.
"""

import argparse
from collections.abc import Sequence

from espnet2.gen_audio.files.matrix_index import check_matrix_index

_MODES = ("train", "valid")


def refuse_without_data(args: argparse.Namespace, names: Sequence[str]) -> None:
    """Refuse a training without data, at which ESPnet fails later.

    Args:
        args: Options of an ESPnet task.
        names: Names of the data that the task needs.

    Raises:
        ValueError: If no file is given for training or for validation.
    """
    for mode in _MODES:
        option = f"{mode}_data_path_and_name_and_type"
        if not getattr(args, option):
            raise ValueError(
                f"--{option} is missing; give FILE,NAME,TYPE for each of "
                f"{', '.join(names)}"
            )


def check_indexes(args: argparse.Namespace) -> None:
    """Refuse an index with an entry that runs a command or unpickles a file.

    Args:
        args: Options of an ESPnet task.

    Raises:
        ValueError: If an entry is anything but an offset in an archive of numbers.
    """
    for mode in _MODES:
        triples = getattr(args, f"{mode}_data_path_and_name_and_type", None) or []
        for path, _, form in triples:
            if form == "kaldi_ark":
                check_matrix_index(path, sampled=True)
