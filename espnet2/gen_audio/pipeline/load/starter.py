"""The starter: the small system of the repository, used where no model is named."""

from pathlib import Path

import espnet2.gen_audio
from espnet2.gen_audio.checkpoint.archive.folder import INDEX

PLACE = "egs2/audioldm2/starter"  # below the root of the repository


def starter_folder(root: Path | None = None) -> Path:
    """Return the folder of the starter.

    Args:
        root: Root of the repository; None for that of the package.

    Returns:
        The folder of a packed system.

    Raises:
        FileNotFoundError: If the installation has no starter, as an installed wheel,
            which has the package alone.
    """
    package = Path(espnet2.gen_audio.__file__).resolve().parent
    folder = (root or package.parents[1]) / PLACE
    if not (folder / INDEX).is_file():
        raise FileNotFoundError(
            f"no --model was given, and this installation has no starter ({folder} is "
            f"in the repository only); give --model, or the {PLACE} of a clone"
        )
    return folder
