"""Captions of a Kaldi text file, whole or those of one job."""

from pathlib import Path


def read_captions(text: Path, key_file: Path | None = None) -> dict[str, str]:
    """Read captions by id.

    Args:
        text: Kaldi text; a line with an id alone is the empty caption.
        key_file: File whose first column names the ids of this job.

    Returns:
        Captions by id, in the order of ``text``.

    Raises:
        ValueError: If there is no caption, or a wanted id has none.
    """
    from espnet2.fileio.read_text import read_2columns_text

    captions = read_2columns_text(text)
    if key_file is not None:
        lines = key_file.read_text(encoding="utf-8").splitlines()
        keys = {line.split(maxsplit=1)[0] for line in lines if line.strip()}
        missing = sorted(keys - captions.keys())
        if missing:
            raise ValueError(
                f"{key_file}: {missing[0]!r} and {len(missing) - 1} other ids are not "
                f"in {text}; make the key file from the same data folder"
            )
        captions = {key: text for key, text in captions.items() if key in keys}
    if not captions:
        raise ValueError(f"{text} has no caption for this job; use fewer jobs")
    return captions
