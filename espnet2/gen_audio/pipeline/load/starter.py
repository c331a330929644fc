"""The small system of effects, music and speech that comes with the repository."""

from pathlib import Path

from espnet2.gen_audio.checkpoint.archive.folder import INDEX
from espnet2.gen_audio.files.recipe_folder import RECIPE

STARTER = RECIPE / "starter"


def starter_folder(folder: Path = STARTER) -> Path:
    """Return the system that is used where no other is named.

    Args:
        folder: Where it should be.

    Returns:
        Its folder.

    Raises:
        FileNotFoundError: If it is not there, as in a package without the repository.
    """
    if not (folder / INDEX).is_file():
        raise FileNotFoundError(
            "--model is not given, and the small system of the repository is not "
            f"beside this package ({folder}); name a converted folder, a packed "
            "archive or a tag, or use the command from a clone of the repository"
        )
    return folder
