"""Data of a training by id, in little memory: matrices, sounds and texts of long lists.

ESPnet's readers hold a dictionary of each list, half a gigabyte for two million rows.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from espnet2.gen_audio.files.listed_rows import ListedRows
from espnet2.gen_audio.files.matrix_index import checked_place

_LISTED = {"kaldi_ark": "listed_ark", "sound": "listed_sound", "text": "listed_text"}


class ListedMatrices(ListedRows):
    """The matrices of a long index, in little memory; each is checked and read anew.

    Args:
        path: Index with lines ``id file:offset``.
    """

    def __getitem__(self, key: str) -> np.ndarray:
        """Return one matrix, (rows, columns)."""
        import kaldiio

        place = super().__getitem__(key)
        return kaldiio.load_mat(checked_place(place, f"{self.path}, {key}"))


class ListedSounds(ListedRows):
    """The sounds of a long list, in little memory.

    Args:
        path: File with lines ``id path``.
        float_dtype: Type of the samples.
    """

    def __init__(self, path: Path | str, float_dtype: str = "float32"):
        super().__init__(path)
        self.float_dtype = float_dtype

    def __reduce__(self):
        """Read the list again in another process."""
        return type(self), (self.path, self.float_dtype)

    def __getitem__(self, key: str) -> tuple[int, np.ndarray]:
        """Return rate and samples, as ESPnet's reader of sounds does."""
        from espnet2.fileio.sound_scp import soundfile_read

        samples, rate = soundfile_read(super().__getitem__(key), self.float_dtype)
        return rate, samples


def listed_data(
    data: Sequence[tuple[str, str, str]],
) -> list[tuple[str, str, str]]:
    """Name the readers of this module in the data of a training.

    They are added to the table of ESPnet's readers, which is public.

    Args:
        data: File, name and type of each stream.

    Returns:
        The same files and names; types without such a reader are kept.
    """
    # takes seconds to import
    from espnet2.train.dataset import DATA_TYPES, AdapterForSoundScpReader

    def sounds(path: str, float_dtype: str, allow_multi_rates: bool = False) -> Mapping:
        """Return waveforms by id, as ESPnet's own reader of sounds does."""
        reader = ListedSounds(path, float_dtype)
        return AdapterForSoundScpReader(reader, allow_multi_rates=allow_multi_rates)

    options = ["float_dtype", "allow_multi_rates"]
    for name, reader, kwargs in (
        ("listed_ark", ListedMatrices, []),
        ("listed_sound", sounds, options),
        ("listed_text", ListedRows, []),
    ):
        DATA_TYPES.setdefault(name, {"func": reader, "kwargs": kwargs, "help": ""})
    return [(path, name, _LISTED.get(form, form)) for path, name, form in data]
