"""Captions to generate from: a Kaldi text, or a list of captions without ids.

A Kaldi text has ``<id> <caption>`` lines. A list of captions has the word ``caption``
alone in its first line and a caption in every other one; these get the ids
``caption-0001``, ``caption-0002`` and so on. A file of which every line could be either
is refused, so that the first word of a caption is never taken for its id.
"""

import re
from pathlib import Path

from espnet2.gen_audio.files.keyed_text import read_ids, read_keyed, read_lines

LIST_TITLE = "caption"
# an ordinary word, with the punctuation that may follow it: ids mostly have digits,
# underscores or a hyphen between letters and digits
_WORD = re.compile(r"(?:[^\W\d_]{2,}(?:['’-][^\W\d_]+)*|[aAI])[,;:.!?…]*|\d+")
_REMEDY = (
    "for a list of captions without ids write the word "
    f"{LIST_TITLE!r} alone in its first line"
)


def read_captions(text: Path, key_file: Path | None = None) -> dict[str, str]:
    """Read captions by id.

    Args:
        text: Kaldi text or list of captions; in a Kaldi text a line with an id alone is
            the empty caption.
        key_file: File whose first column names the ids of this job.

    Returns:
        Captions by id, in the order of ``text``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If there is no caption, a wanted id has none, a line is malformed,
            or ids and first words of captions cannot be told apart.
    """
    captions = _read_all(Path(text))
    if key_file is not None:
        keys = set(read_ids(key_file))
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


def _read_all(path: Path) -> dict[str, str]:
    """Read the captions of a file of either form."""
    lines = read_lines(path)
    if next((line.text.strip() for line in lines), "") == LIST_TITLE:
        captions = [line.text.strip() for line in lines]
        return {f"{LIST_TITLE}-{n:04d}": text for n, text in enumerate(captions, 1)}
    try:
        captions = read_keyed(path)
    except ValueError as error:
        raise ValueError(f"{error}; {_REMEDY}") from None
    _refuse_words_for_ids(path, captions)
    return captions


def _refuse_words_for_ids(path: Path, captions: dict[str, str]) -> None:
    """Refuse a file whose ids all look like the first words of captions.

    In a data folder, where wav.scp has the same ids, they are ids. So is what a tab
    separates from its caption.
    """
    words = [key for key in captions if _WORD.fullmatch(key)]
    if len(words) < len(captions) or all(word.isdigit() for word in words):
        return
    if (path.parent / "wav.scp").is_file():
        return
    if all("\t" in line.text for line in read_lines(path)):
        return
    first = next(word for word in words if not word.isdigit())
    shown = f"{first} {captions[first]}".strip()[:60]
    raise ValueError(
        f"{path}: is {first!r} in {shown!r} an id or the first word of a caption? "
        f"Put a tab behind every id; {_REMEDY}"
    )
