"""Convert a table of clips to a data folder.

The table has columns separated by tabs and named in its first row: id, audio,
caption; and optionally transcript, start, end (seconds), speaker, label, weight. A clip
with several captions has a row for each, with one id. Clips whose sound file does not
exist are left out and listed in rejects.tsv of the folder. In place of a table a data
folder of ESPnet is taken (wav.scp, text, and what else is there: segments, utt2spk);
its text is the caption, or with --text_is transcript the words spoken.
"""

import argparse
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.files.clip_table import TableRow, missing_audio, read_table
from espnet2.gen_audio.kaldi.data_dir import DataFolder, write_data_dir
from espnet2.gen_audio.kaldi.folder_rows import CAPTION, TRANSCRIPT, rows_of_folder
from espnet2.gen_audio.kaldi.several_captions import NAME, join_captions
from espnet2.gen_audio.recipe.rejects import Reject, write_rejects


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--table", type=Path, required=True, help="TSV table, or a data folder")
    add(
        "--text_is",
        choices=(CAPTION, TRANSCRIPT),
        default=CAPTION,
        help="content of the file text of a data folder",
    )
    add("--caption", default="", help="caption of clips whose text is a transcript")
    add("--output_dir", type=Path, required=True, help="data folder to write")
    return parser


def build_data_folder(rows: Sequence[TableRow]) -> DataFolder:
    """Return the data folder of a table.

    A recording is an audio file; its id is that of the first row that uses it. Rows
    with a start or an end need ``segments``; otherwise a clip is a whole file.

    Args:
        rows: Rows of one table.

    Returns:
        The folder, not yet written.
    """
    recording_of = _recordings(rows)
    files: dict[str, dict[str, str]] = {
        "text": {row.id: row.caption for row in rows},
        "utt2spk": {row.id: row.speaker or row.id for row in rows},
        "utt2recording": recording_of,
    }
    files |= _audio_files(rows, recording_of)
    files |= _optional_files(rows)
    return DataFolder(files)


def _recordings(rows: Sequence[TableRow]) -> dict[str, str]:
    """Return the recording of each clip: the first clip of the same audio file."""
    first: dict[str, str] = {}
    paths = {row.id: os.path.realpath(row.audio) for row in rows}
    for clip, path in paths.items():
        first.setdefault(path, clip)
    return {clip: first[path] for clip, path in paths.items()}


def _audio_files(
    rows: Sequence[TableRow], recording_of: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """Return ``wav.scp``, and ``segments`` where a clip is a part of its file."""
    if all(row.start is None and row.end is None for row in rows):
        return {"wav.scp": {row.id: str(row.audio) for row in rows}}
    used = set(recording_of.values())
    return {
        "wav.scp": {row.id: str(row.audio) for row in rows if row.id in used},
        "segments": {row.id: _segment(row, recording_of[row.id]) for row in rows},
    }


def _segment(row: TableRow, recording: str) -> str:
    """Return a clip's line of ``segments``; an end of -1 means the end of the file."""
    end = -1.0 if row.end is None else row.end
    return f"{recording} {row.start or 0.0:.6f} {end:.6f}"


def _optional_files(rows: Sequence[TableRow]) -> dict[str, dict[str, str]]:
    """Return what some clips have: labels, transcripts, captions, weights."""
    labels = {row.id: row.label for row in rows if row.label}
    transcripts = {row.id: row.transcript for row in rows if row.transcript}
    several = {
        row.id: join_captions(row.captions) for row in rows if row.further_captions
    }
    files = {"utt2label": labels, "transcript": transcripts, NAME: several}
    if any(row.weight != 1 for row in rows):
        files["utt2weight"] = {row.id: f"{row.weight:g}" for row in rows}
    return {name: values for name, values in files.items() if values}


def without_missing(
    table: Path, rows: Sequence[TableRow]
) -> tuple[list[TableRow], list[Reject]]:
    """Separate clips with an existing sound file from all others.

    Args:
        table: The table, for messages.
        rows: Its rows.

    Returns:
        Rows with a sound file, and rejects of the others.

    Raises:
        FileNotFoundError: If no sound file exists.
        ValueError: If there are no clips.
    """
    if not rows:
        raise ValueError(f"{table} has no clips; give a table or a folder with some")
    missing = missing_audio(rows)
    rejects = [
        Reject(row.id, str(row.audio), "there is no such file") for row in missing
    ]
    if len(missing) == len(rows):
        raise FileNotFoundError(
            f"{table}: none of its {len(rows)} sound files exists, the first would be "
            f"{rows[0].audio}; paths are absolute or relative to the table"
        )
    if missing:
        logging.warning(
            "%s: %d of %d clips have no sound file and are left out, first %s (%s)",
            table,
            len(missing),
            len(rows),
            missing[0].id,
            missing[0].audio,
        )
    absent = {row.id for row in missing}
    return [row for row in rows if row.id not in absent], rejects


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Run the command.

    Args:
        cmd: Arguments; None takes those of the process.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    if args.table.is_dir():
        listed = rows_of_folder(args.table, args.text_is, args.caption)
    else:
        listed = read_table(args.table)
    rows, rejects = without_missing(args.table, listed)
    folder = build_data_folder(rows)
    write_rejects(args.output_dir, rejects)
    write_data_dir(folder, args.output_dir)
    count = len(set(folder.column("utt2recording").values()))
    logging.info(
        "%s: %d clips of %d recordings -> %s",
        args.table,
        len(rows),
        count,
        args.output_dir,
    )


if __name__ == "__main__":
    main()
