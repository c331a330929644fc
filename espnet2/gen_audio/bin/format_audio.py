"""Convert all clips of a data folder to mono, one sampling rate and one format.

Segments are cut, channels averaged and rates converted. A file that cannot be used is
left out and listed in rejects.tsv with the reason. With --augment_clips, varied copies
of clips (speed, onset) are added to a small corpus, named <id>-a1, <id>-a2 and so on.
With --segment_hop, recordings longer than --segment_seconds are cut into segments,
named <id>-<start in ms>; the rest behind the last segment is listed too. In an array of
jobs, each job has its own --key_file and --output_dir, and all jobs have one
--audio_dir; `data_dir combine` joins the folders. The result does not depend on the
number of jobs.
"""

import argparse
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.number_options import THREADS, real_number, whole_number
from espnet2.gen_audio.feats.augment import Variation, draw_variation, vary
from espnet2.gen_audio.feats.sound_limits import (
    HIGHEST_RATE,
    LOWEST_RATE,
    UnusableSound,
    refuse_buried,
    refuse_length,
)
from espnet2.gen_audio.feats.sound_parts import MonoSound, Span, read_parts
from espnet2.gen_audio.feats.sound_writer import store_sound
from espnet2.gen_audio.files.progress import progress
from espnet2.gen_audio.kaldi.data_dir import (
    PARTIAL,
    DataFolder,
    read_data_dir,
    read_scp,
    write_data_dir,
)
from espnet2.gen_audio.kaldi.segments import read_segment
from espnet2.gen_audio.preprocess.segmenter import Segmenter, cut
from espnet2.gen_audio.recipe.augmentation_plan import plan_copies
from espnet2.gen_audio.recipe.rejects import Reject, read_rejects, write_rejects

_COPIED = ("text", "utt2spk", *PARTIAL)
_RATE, _COUNT = whole_number(LOWEST_RATE, HIGHEST_RATE), whole_number(0, 10_000_000)
_SECONDS, _LENGTH = real_number(0, 86400), real_number(above=0, most=86400)
_HIGHEST_PEAK = 0.99  # peak after attenuating a clip that would exceed 16 bits


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--data_dir", type=Path, required=True, help="data folder to read")
    add("--output_dir", type=Path, required=True, help="data folder to write")
    add("--audio_dir", type=Path, help="folder for sounds; default <output_dir>/audio")
    add("--key_file", type=Path, help="file with the ids to use, one per line")
    add("--sample_rate", type=_RATE, default=16000, help="samples per second")
    add("--audio_format", choices=("flac", "wav"), default="flac", help="16-bit format")
    add(
        "--augment_clips", type=_COUNT, default=0, help="clips and copies; 0: no copies"
    )
    text = "seconds between segments; 0: do not cut"
    add("--segment_hop", type=_SECONDS, default=0.0, help=text)
    add("--segment_seconds", type=_LENGTH, default=10.24, help="length of a segment")
    text = "length of the shortest last segment in seconds"
    add("--segment_least", type=_SECONDS, default=1.0, help=text)
    add("--seed", type=whole_number(0), default=0, help="seed of the variations")
    add("--num_threads", type=THREADS, default=1, help="CPU threads of a job")
    return parser


class ClipFormatter:
    """Writes clips, and stores their files and lengths.

    Args:
        audio_dir: Folder for the sounds.
        sample_rate: Their rate, in hertz.
        audio_format: ``flac`` or ``wav``.
        seed: Seed of the variations.
    """

    def __init__(self, audio_dir: Path, sample_rate: int, audio_format: str, seed: int):
        self.audio_dir = audio_dir
        self.sample_rate = sample_rate
        self.audio_format = audio_format
        self.seed = seed
        self.paths: dict[str, str] = {}
        self.lengths: dict[str, str] = {}
        self.lowered = 0

    def write(self, clip_id: str, copies: Sequence[str], sound: MonoSound) -> None:
        """Write one clip and its varied copies.

        Args:
            clip_id: Id of the clip.
            copies: Ids of its copies.
            sound: The sound of the clip.

        Raises:
            UnusableSound: If the sound cannot be stored with 16 bits at the new rate.
        """
        wave, rate = sound
        refuse_buried(wave)
        refuse_length(len(wave) * self.sample_rate // rate, self.sample_rate)
        variations = {clip_id: Variation()}
        variations |= {copy: draw_variation(self.seed, copy) for copy in copies}
        for name, variation in variations.items():
            self._store(name, vary(wave, rate, self.sample_rate, variation))

    def _store(self, name: str, wave: np.ndarray) -> None:
        peak = np.abs(wave).max()
        if peak > _HIGHEST_PEAK:
            wave = wave * (_HIGHEST_PEAK / peak)
            self.lowered += 1
        path = self.audio_dir / f"{name}.{self.audio_format}"
        store_sound(path, wave, self.sample_rate)
        self.paths[name] = str(path)
        self.lengths[name] = str(len(wave))


def format_folder(
    folder: DataFolder,
    keys: Sequence[str],
    copies: Mapping[str, Sequence[str]],
    formatter: ClipFormatter,
) -> tuple[DataFolder, list[Reject]]:
    """Write the clips of some utterances.

    Args:
        folder: The whole data folder.
        keys: Utterances to write.
        copies: Ids of the copies of each utterance.
        formatter: Writer of the clips.

    Returns:
        The data folder of the written clips, and the rejected clips.
    """
    rejects = []
    source_of = {}
    sounds = _read_sounds(folder, keys)
    for key, path, sound in progress(sounds, len(keys), "format_audio"):
        try:
            formatter.write(key, copies[key], _usable(sound))
        except UnusableSound as error:
            rejects.append(Reject(key, path, str(error)))
            continue
        source_of |= {name: key for name in (key, *copies[key])}
    files = {"wav.scp": formatter.paths, "utt2num_samples": formatter.lengths}
    for name in _COPIED:
        rows = folder.column(name)
        if rows:
            files[name] = {n: rows[s] for n, s in source_of.items() if s in rows}
    if "utt2spk" in files:
        _name_lone_speakers(files["utt2spk"], source_of)
    return DataFolder(files), rejects


def _read_sounds(
    folder: DataFolder, keys: Sequence[str]
) -> Iterator[tuple[str, str, MonoSound | UnusableSound]]:
    """Yield id, file and sound of utterances; those of one file in succession."""
    spans: dict[str, dict[str, Span]] = {}
    for key in keys:
        path, span = _locate(folder, key)
        spans.setdefault(path, {})[key] = span
    for path, parts in spans.items():
        for key, sound in read_parts(path, parts):
            yield key, path, sound


def _usable(sound: MonoSound | UnusableSound) -> MonoSound:
    if isinstance(sound, UnusableSound):
        raise sound
    return sound


def _locate(folder: DataFolder, key: str) -> tuple[str, Span]:
    row = folder.column("segments").get(key)
    recording, start, end = key, None, None
    if row is not None:
        segment = read_segment(key, row, "segments")
        recording, start, end = segment.recording, segment.start, segment.end
    path = folder.column("wav.scp").get(recording)
    if path is None:
        raise ValueError(f"segments: {key} names {recording}, absent from wav.scp")
    if path.endswith("|"):
        raise ValueError(f"wav.scp: {key} is a pipe ({path}); name a sound file")
    return path, (start, end)


def _name_lone_speakers(utt2spk: dict[str, str], source_of: dict[str, str]) -> None:
    # A clip without a known speaker is its own speaker, also for its copies.
    for name, source in source_of.items():
        if utt2spk.get(name) == source:
            utt2spk[name] = name


def _refuse_own_input(
    args: argparse.Namespace, folder: DataFolder, names: Sequence[str]
) -> None:
    """Refuse to write over the data folder, or over a sound, that is being read."""
    if args.output_dir.resolve() == args.data_dir.resolve():
        raise ValueError(
            f"--output_dir {args.output_dir} is --data_dir, which it would write over;"
            " give another folder"
        )
    audio_dir = (args.audio_dir or args.output_dir / "audio").resolve()
    written = {audio_dir / f"{name}.{args.audio_format}" for name in names}
    for key, path in folder.column("wav.scp").items():
        if Path(os.path.realpath(path)) in written:  # a link to itself has no target
            raise ValueError(
                f"{path} of {key} would be written over; give another --audio_dir"
            )


def _select_keys(folder: DataFolder, key_file: Path | None) -> list[str]:
    if key_file is None:
        return folder.utterances
    keys = list(read_scp(key_file))
    unknown = set(keys).difference(folder.utterances)
    if unknown:
        raise ValueError(f"{key_file}: id {min(unknown)} is not in the data folder")
    return keys


def _cut(
    args: argparse.Namespace, folder: DataFolder, keys: Sequence[str]
) -> tuple[DataFolder, list[str], list[Reject]]:
    """Return the folder, its ids and what is left out, after --segment_hop."""
    if not args.segment_hop:
        return folder, list(keys), []
    if args.augment_clips:
        raise ValueError(
            f"--augment_clips {args.augment_clips} and --segment_hop {args.segment_hop}"
            " exclude each other: copies are for small sets; give one of them as 0"
        )
    segmenter = Segmenter(args.segment_seconds, args.segment_hop, args.segment_least)
    places = {key: _locate(folder, key) for key in keys}
    folder, rejects = cut(folder, places, segmenter)
    return folder, folder.utterances, rejects


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Run the command.

    Args:
        cmd: Arguments; None takes those of the process.

    Raises:
        ValueError: If no clip of the whole set can be used.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    torch.set_num_threads(args.num_threads)
    folder = read_data_dir(args.data_dir)
    keys = _select_keys(folder, args.key_file)
    copies = plan_copies(folder, args.augment_clips)
    names = [name for key in keys for name in (key, *copies[key])]
    _refuse_own_input(args, folder, names)
    formatter = ClipFormatter(
        args.audio_dir or args.output_dir / "audio",
        args.sample_rate,
        args.audio_format,
        args.seed,
    )
    folder, keys, rests = _cut(args, folder, keys)
    copies = plan_copies(folder, args.augment_clips)
    written, rejects = format_folder(folder, keys, copies, formatter)
    rejects = rests + rejects
    if args.key_file is None and not written.utterances:
        why = f"; first: {rejects[0].id}: {rejects[0].reason}" if rejects else ""
        raise ValueError(f"{args.data_dir}: none of {len(keys)} clips can be used{why}")
    # includes rejects of earlier stages, in every job: the joined list has each once
    write_rejects(args.output_dir, read_rejects(args.data_dir) + rejects)
    write_data_dir(written, args.output_dir)
    logging.info(
        "%s: %d clips written (%d attenuated), %d left out -> %s",
        args.data_dir,
        len(written.utterances),
        formatter.lowered,
        len(rejects),
        args.output_dir,
    )


if __name__ == "__main__":
    main()
