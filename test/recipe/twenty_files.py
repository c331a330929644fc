"""The smallest whole recipe: 20 files, 3 of them damaged, and 2 steps per training.

The networks are those of the shipped small configs. Tests check the stages from a table
to scores, but not the quality of sounds.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

RECIPE = Path(__file__).parents[2] / "egs2" / "audioldm2"
GOOD = [  # name, rate, channels
    ("hum.wav", 8000, 1),
    ("hum.flac", 11025, 2),
    ("hum.ogg", 16000, 1),
    ("buzz.wav", 22050, 2),
    ("buzz.flac", 32000, 1),
    ("buzz.ogg", 44100, 2),
    ("tone.wav", 48000, 1),
    ("tone.flac", 48000, 2),
    ("tone.ogg", 8000, 1),
    ("click.wav", 16000, 2),
    ("click.flac", 16000, 1),
]
BAD = ("empty.wav", "cut.wav", "letter.wav")
PARTS = ("audiomae", "vae", "vocoder", "loa_lm", "ldm", "joint")


def write_corpus(folder: Path) -> Path:
    """Write 17 good and 3 bad sounds, and the tables of training, validation and test.

    Args:
        folder: Existing folder for the files.

    Returns:
        The folder.
    """
    names = write_sounds(folder)
    write_table(folder / "train.tsv", [*names[:11], *BAD])
    write_table(folder / "valid.tsv", names[11:14])
    write_table(folder / "test.tsv", names[14:])
    return folder


def write_sounds(folder: Path) -> list[str]:
    """Write 11 good, 3 bad and 6 further files for validation and test.

    Args:
        folder: Existing folder for the files.

    Returns:
        Names of the good files.
    """
    rng = np.random.default_rng(0)
    names = [
        (f"{kind}_{name}", *form) for kind in ("", "v", "t") for name, *form in GOOD
    ]
    for n, (name, rate, channels) in enumerate(names[:17]):
        seconds = 0.5 + 0.2 * n
        time_axis = np.arange(int(seconds * rate)) / rate
        wave = 0.3 * np.sin(2 * np.pi * (200 + 40 * n) * time_axis)
        wave = wave + 0.02 * rng.standard_normal(len(wave))
        soundfile.write(folder / name, np.tile(wave[:, None], (1, channels)), rate)
    (folder / "empty.wav").write_bytes(b"")
    whole = (folder / "_hum.wav").read_bytes()
    (folder / "cut.wav").write_bytes(whole[: len(whole) // 2])
    (folder / "letter.wav").write_text("Dear listener, this is not a sound.\n" * 9)
    return [name for name, *_ in names[:17]]


def write_table(path: Path, names: Sequence[str]) -> None:
    """Write a table of sounds with an id and a caption each.

    Args:
        path: The table.
        names: Files in the folder of the table.
    """
    rows = [
        f"{n}_{Path(name).stem}\t{name}\ta sound named {name}"
        for n, name in enumerate(names)
    ]
    path.write_text("\n".join(["id\taudio\tcaption", *rows]) + "\n")


def command(corpus: Path, work: Path, **options: str) -> list[str]:
    """Return the command of run.sh with small configs and two steps per training.

    Args:
        corpus: Folder that ``write_corpus`` filled.
        work: Folder for data, dump and exp.
        **options: Additional options, which override all others.

    Returns:
        The command, to be run in ``RECIPE``.
    """
    words = ["./run.sh"]
    for name in ("train", "valid", "test"):
        words += [f"--{name}_table", str(corpus / f"{name}.tsv")]
    for name in ("data", "dump", "exp"):
        words += [f"--{name}dir", str(work / name)]
    steps = "--max_epoch 2 --num_iters_per_epoch 1 --batch_size 2"
    for part in PARTS:
        words += [f"--{part}_args", steps]
    inference = "--steps 2 --sources predicted true --batch_size 1"
    words += ["--augment_clips", "0", "--seeds", "0", "--inference_args", inference]
    words += ["--num_threads", "1"]
    for name, value in options.items():
        words += [f"--{name}", value]
    return words


def write_audiocaps(folder: Path) -> Path:
    """Write the sounds of ``write_corpus`` in the layout of AudioCaps on disk.

    The first clip of training has two captions.

    Args:
        folder: Existing folder for the files.

    Returns:
        The folder.
    """
    names = write_sounds(folder)
    sets = {"train": [*names[:11], *BAD], "val": names[11:14], "test": names[14:]}
    for split, files in sets.items():
        rows = ["audiocap_id,youtube_id,start_time,caption"]
        for n, name in enumerate(files):
            rows.append(f'{n},{youtube_id(name)},30,"a sound, named {name}"')
            end = Path(name).suffix
            (folder / name).rename(folder / f"{youtube_id(name)}_30{end}")
        if split == "train":
            rows.append(f"99,{youtube_id(files[0])},30,another caption")
        (folder / f"{split}.csv").write_text("\n".join(rows) + "\n")
    return folder


def youtube_id(name: str) -> str:
    """Return an id in the form of a YouTube id, of eleven characters.

    Args:
        name: File of a sound.

    Returns:
        The id.
    """
    return name.replace(".", "-").ljust(11, "_")


def audiocaps_command(work: Path, **options: str) -> list[str]:
    """Return the command of run_audiocaps.sh with small configs and two steps.

    Args:
        work: Folder for data, dump and exp.
        **options: Additional options, which override all others.

    Returns:
        The command, to be run in ``RECIPE`` with ``AUDIOCAPS`` in the environment.
    """
    small = (RECIPE / "run.sh").read_text().split("exec ./gen_audio.sh")[1]
    words = command(Path(), work, **options)
    end_of_tables = words.index("--datadir")
    return [
        "./run_audiocaps.sh",
        *small.replace("\\\n", " ").replace('"$@"', "").split(),
        *words[end_of_tables:],
    ]
