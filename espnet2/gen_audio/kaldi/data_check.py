"""Find the faults of a data folder on disk."""

from collections.abc import Mapping
from pathlib import Path

from espnet2.gen_audio.files.plain_number import number_from_zero
from espnet2.gen_audio.kaldi.data_dir import (
    REQUIRED,
    DataFolder,
    invert,
    read_data_dir,
    read_scp,
    sort_ids,
)


def find_problems(
    path: str | Path, need_text: bool = True, extra: tuple[str, ...] = ()
) -> list[str]:
    """Check order, consistency and values of the files of a data folder.

    Args:
        path: Data folder.
        need_text: Whether every utterance needs a caption.
        extra: Further files with one line per utterance.

    Returns:
        One sentence per problem; an empty list if there is none.
    """
    path = Path(path)
    try:
        folder = read_data_dir(path, extra)
    except (FileNotFoundError, ValueError) as error:
        return [str(error)]
    ids = set(folder.utterances)
    problems = [] if ids else [f"{path} has no utterances; fill its wav.scp"]
    wanted = ["utt2spk", *extra] + ["text"] * need_text
    problems += [
        f"{path / name} is missing; write a line for each utterance"
        for name in wanted
        if name not in folder.files
    ]
    for name, rows in folder.files.items():
        if list(rows) != sort_ids(rows):
            problems.append(f"{path / name} is not sorted; run utils/fix_data_dir.sh")
        if name in (*REQUIRED, *extra):
            problems += _disagreements(path / name, set(rows), ids)
    problems += _bad_values(path, folder)
    return problems + _bad_speakers(path, folder.column("utt2spk"))


def _disagreements(path: Path, known: set[str], ids: set[str]) -> list[str]:
    problems = []
    if ids - known:
        first = sort_ids(ids - known)[0]
        problems.append(
            f"{path} lacks {len(ids - known)} utterances, first {first}; add lines for"
            " them, or drop them with utils/fix_data_dir.sh"
        )
    if known - ids:
        first = sort_ids(known - ids)[0]
        problems.append(
            f"{path} has {len(known - ids)} utterances without audio, first {first};"
            " drop them with utils/fix_data_dir.sh"
        )
    return problems


def _bad_values(path: Path, folder: DataFolder) -> list[str]:
    problems = []
    for name, rows in folder.files.items():
        empty = [key for key in sort_ids(rows) if not rows[key]]
        if empty and name != "text":  # a clip may have no caption
            problems.append(
                f"{path / name}: {empty[0]} has no value, and {len(empty) - 1} more;"
                " give one or remove the line"
            )
    for key, value in folder.column("wav.scp").items():
        if value.endswith("|"):
            problems.append(
                f"{path / 'wav.scp'}: {key} is a pipe ({value}); name a sound file"
            )
    for key, value in folder.column("utt2weight").items():
        if value and number_from_zero(value) is None:
            problems.append(
                f"{path / 'utt2weight'}: {value!r} is no weight of {key}; write a"
                " number from 0 up"
            )
    recordings = folder.column("wav.scp")
    for key, row in folder.column("segments").items():
        parts = row.split()
        if len(parts) != 3 or parts[0] not in recordings:
            problems.append(
                f"{path / 'segments'}: {key} must read '<recording> <start> <end>'"
                f" with a recording of wav.scp, not {row!r}"
            )
    return problems


def _bad_speakers(path: Path, utt2spk: Mapping[str, str]) -> list[str]:
    spk2utt = path / "spk2utt"
    if not utt2spk:
        return []
    if not spk2utt.is_file():
        return [f"{spk2utt} is missing; utils/fix_data_dir.sh writes it"]
    if {k: " ".join(v.split()) for k, v in read_scp(spk2utt).items()} != invert(
        utt2spk
    ):
        return [f"{spk2utt} does not agree with utt2spk; run utils/fix_data_dir.sh"]
    return []
