"""Check the matrix indexes of a training before ESPnet opens them.

ESPnet's loader of ``kaldi_ark`` data runs an entry that is a command and unpickles some
files. Its loaders of ``sound`` and ``text`` do neither.
"""

import argparse

from espnet2.gen_audio.files.matrix_index import check_matrix_index


def check_indexes(args: argparse.Namespace) -> None:
    """Refuse an index with an entry that runs a command or unpickles a file.

    Args:
        args: Options of an ESPnet task.

    Raises:
        ValueError: If an entry is anything but an offset in an archive of numbers.
    """
    for mode in ("train", "valid"):
        triples = getattr(args, f"{mode}_data_path_and_name_and_type", None) or []
        for path, _, form in triples:
            if form == "kaldi_ark":
                check_matrix_index(path)
