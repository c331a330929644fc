"""Read captions for generation: a Kaldi text, or a list of captions without ids.

A Kaldi text has ``<id> <caption>`` lines. A list of captions has only the word
``caption`` in its first line, and a caption in each further line; their ids are
``caption-0001``, ``caption-0002`` and so on. An ambiguous file, whose ids all look like
words, is refused, so that the first word of a caption is never used as its id.
"""

import re
from pathlib import Path

from espnet2.gen_audio.files.keyed_text import read_ids, read_keyed, read_lines

LIST_TITLE = "caption"
# an ordinary word with following punctuation; most ids have digits, underscores, or a
# hyphen between letters and digits
_WORD = re.compile(r"(?:[^\W\d_]{2,}(?:['’-][^\W\d_]+)*|[aAI])[,;:.!?…]*|\d+")
_REMEDY = (
    "for a list of captions without ids write the word "
    f"{LIST_TITLE!r} in its first line"
)


def read_captions(text: Path, key_file: Path | None = None) -> dict[str, str]:
    """Read captions by id.

    Args:
        text: Kaldi text or list of captions; in a Kaldi text, a line with only an id
            has the empty caption.
        key_file: File with the ids of this job in its first column.

    Returns:
        Captions by id, in the order of ``text``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If there is no caption, a requested id has no caption, a line is
            malformed, or ids cannot be distinguished from first words of captions.
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
    """Read the captions of a file of one of both forms."""
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
    """Refuse a file whose ids all look like first words of captions.

    Words are ids if wav.scp beside the file has them, or if a tab follows them.
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
        f"Put a tab after every id; {_REMEDY}"
    )
