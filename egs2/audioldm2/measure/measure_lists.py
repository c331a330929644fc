#!/usr/bin/env python3
r"""Measure what long lists cost: stages 1 to 3, 'up to date', start of a training.

    measure/measure_lists.py --work DIR --rows 2000 20000 200000 --start_rows 2000000 \
        --output lists.json

The rows are of 16 real sounds of 0.2 s (hard links, a file for each row) and of 16 real
matrices, so that the time is that of lists, not of audio. Every command is a process of
its own; measured are its CPU seconds (user and system, children included), which depend
less on other work on the machine than wall time, and the largest resident memory of one
of its processes. A training starts with two steps of a small diffusion model on the
index of latents, LOA and token states; the row 'base' is the same start with 16 rows.
"""

import argparse
import logging
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.number_options import whole_number
from espnet2.gen_audio.compat import MatrixWriter
from espnet2.gen_audio.feats.sound_writer import store_sound
from espnet2.gen_audio.files.atomic_file import write_json, write_text
from espnet2.gen_audio.files.listed_rows import ListedRows

_FILES = 16  # real sounds and matrices
_RATE, _SAMPLES = 16000, 3200
_STREAMS = {"latent": (32, 128), "loa": (128, 192), "tokens": (12, 384)}
_ROWS = whole_number(_FILES, 10_000_000)


def get_parser():
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--work", type=Path, required=True, help="folder for the lists; made anew")
    rows = {"type": _ROWS, "nargs": "*"}
    add("--rows", **rows, default=[2000, 20000], help="rows of stages 1 to 3")
    add(
        "--start_rows", **rows, default=[20000], help="rows of the starts of a training"
    )
    add("--output", type=Path, required=True, help="JSON file for the figures")
    return parser


def names_of(rows):
    """Return the ids of the rows, sorted."""
    return [f"corpus-{number:08d}" for number in range(rows)]


def measured(*words, **environment):
    """Run a command of the package; return CPU seconds, wall seconds and peak memory.

    The command is run by a Python of its own, so that the largest child is that of the
    command alone.
    """
    script = (
        "import resource, subprocess, sys\n"
        "code = subprocess.run(sys.argv[1:]).returncode\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print('USED', used.ru_utime, used.ru_stime, used.ru_maxrss)\n"
        "sys.exit(code)"
    )
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", script, sys.executable, *map(str, words)],
        env=dict(os.environ, **environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ValueError(f"{' '.join(map(str, words))} failed: {done.stderr[-2000:]}")
    user, system, peak = done.stdout.rsplit("USED", 1)[1].split()
    figures = {
        "cpu_s": round(float(user) + float(system), 2),
        "wall_s": round(time.monotonic() - start, 2),
        "peak_mb": round(float(peak) / 1024),
    }
    logging.info("%s: %s", words[1], figures)
    return figures


def write_rows(path, names, value_of):
    """Write ``<id> <value>`` lines."""
    write_text(path, "".join(f"{n} {value_of(k, n)}\n" for k, n in enumerate(names)))


def make_sounds(folder):
    """Write the real sounds and return their paths."""
    random, paths = np.random.RandomState(0), []
    for number in range(_FILES):
        paths.append(folder / f"{number}.wav")
        store_sound(paths[-1], 0.1 * random.randn(_SAMPLES).astype("f4"), _RATE)
    return paths


def measure_stages(work, rows):
    """Return the figures of stages 1 to 3, and of 'up to date', for so many rows."""
    names, figures = names_of(rows), {}
    module = ("-m", "espnet2.gen_audio.bin.prepare_table")
    (work / "sounds").mkdir(parents=True)
    sounds = make_sounds(work / "sounds")
    lines = (f"{n}\tsounds/{k % _FILES}.wav\tsound {k}\n" for k, n in enumerate(names))
    write_text(work / "table.tsv", "id\taudio\tcaption\n" + "".join(lines))
    figures["1 prepare_data"] = measured(
        *module, "--table", work / "table.tsv", "--output_dir", work / "data"
    )
    figures["2 format_audio"] = measured(
        "-m",
        "espnet2.gen_audio.bin.format_audio",
        *("--data_dir", work / "data", "--output_dir", work / "empty"),
        *("--key_file", _first_ids(work, names)),
    )
    org = work / "org"
    (org / "audio").mkdir(parents=True)
    for number, name in enumerate(names):
        os.link(sounds[number % _FILES], org / "audio" / f"{name}.wav")
    write_rows(org / "wav.scp", names, lambda _, n: org / "audio" / f"{n}.wav")
    write_rows(org / "text", names, lambda k, _: f"sound {k}")
    write_rows(org / "utt2spk", names, lambda _, n: n)
    write_rows(org / "utt2num_samples", names, lambda *_: _SAMPLES)
    check = ("-m", "espnet2.gen_audio.bin.check_data", "--data_dir", org)
    check += ("--output_dir", work / "raw", "--content", work / "content")
    figures["3 check_data"] = measured(*check)
    step = ("-m", "espnet2.gen_audio.bin.run_step", "--stamp_dir", work / "stamps")
    step += ("--name", "check_data", "--reads", org, "--writes", work / "raw")
    step += (work / "content", "--", "true")
    figures["stamp"] = measured(*step)
    figures["up to date"] = measured(*step)
    return figures


def _first_ids(work, names):
    """Write the ids of 16 rows: stage 2 reads all lists, and converts these sounds."""
    write_text(work / "keys", "".join(f"{name}\n" for name in names[:_FILES]))
    return work / "keys"


def write_dumps(folder, names):
    """Write indexes of so many rows, on few matrices."""
    random, folder = np.random.RandomState(0), folder / "dump"
    for stream, shape in _STREAMS.items():
        scp = folder / f"{stream}.few.scp"
        with MatrixWriter(folder / f"{stream}.ark", scp) as writer:
            for number in range(_FILES):
                writer[str(number)] = random.randn(*shape)
        places = list(ListedRows(scp).values())
        write_rows(
            folder / f"{stream}.scp", names, lambda k, _, p=places: p[k % _FILES]
        )
        write_rows(
            folder / f"{stream}_shape", names, lambda *_, s=shape: f"{s[0]},{s[1]}"
        )
    np.save(folder / "null.npy", np.zeros((1, _STREAMS["tokens"][1]), "f4"))
    return folder


def measure_start(work, rows):
    """Return the figures of two steps of a training with so many rows."""
    train = write_dumps(work / "train", names_of(rows))
    valid = write_dumps(work / "valid", names_of(_FILES))
    recipe = Path(__file__).resolve().parents[1]
    words = ["-m", "espnet2.gen_audio.bin.ldm_train", "--latent_scale", "1.0"]
    words += ["--config", recipe / "conf/mini/train_ldm.yaml", "--max_epoch", "1"]
    words += ["--geometry", recipe / "conf/mini/geometry.yaml", "--batch_size", "4"]
    words += ["--num_iters_per_epoch", "2", "--num_workers", "1"]
    words += ["--use_tensorboard", "false", "--use_matplotlib", "false"]
    words += ["--null_tokens", train / "null.npy", "--output_dir", work / "exp"]
    for mode, folder in (("train", train), ("valid", valid)):
        for stream in _STREAMS:
            words += [f"--{mode}_data_path_and_name_and_type"]
            words += [f"{folder / stream}.scp,{stream},kaldi_ark"]
        words += [f"--{mode}_shape_file", folder / "latent_shape"]
    return measured(*words, OMP_NUM_THREADS="1")


@one_line_errors()
def main(cmd=None):
    """Run the measurement."""
    args = get_parser().parse_args(cmd)
    setup_logging()
    shutil.rmtree(args.work, ignore_errors=True)
    found = {"stages": {}, "start": {}}
    for rows in args.rows:
        figures = measure_stages(args.work / f"rows{rows}", rows)
        found["stages"][rows] = figures
        write_json(args.output, found)
    for rows in [_FILES, *args.start_rows] if args.start_rows else []:
        found["start"][rows] = measure_start(args.work / f"start{rows}", rows)
        write_json(args.output, found)
    logging.info("figures: %s", args.output)


if __name__ == "__main__":
    main()
