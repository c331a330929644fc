#!/usr/bin/env python3
r"""Measure what dumped LOA and latents of fewer bits cost in quality, and save in disk.

    measure/measure_dumps.py --ldm_dir exp/ldm_* --dumpdir dump --set valid \
        --output dumps.json

The features of a set are written again with 32, 16 and 8 bits, with LOA as patches
and pooled, and a trained diffusion model is validated on each form, with the same times
and noise. eps_mse is the error that chooses its epochs; a change is the root mean
square of the differences in standard deviations of the stream. Seconds are CPU seconds
of writing and of reading a thousand clips.
"""

import argparse
import logging
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from espnet2.gen_audio.audiomae.loa import pool_to_tokens
from espnet2.gen_audio.checkpoint.experiment import load_experiment
from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.number_options import THREADS, whole_number
from espnet2.gen_audio.compat import MATRIX_BITS, MatrixWriter
from espnet2.gen_audio.files.atomic_file import write_json
from espnet2.gen_audio.kaldi.listed_data import ListedMatrices

_STREAMS = ("latent", "loa")
_TOKENS = "tokens"


def get_parser():
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--ldm_dir", type=Path, required=True, help="experiment of a diffusion model")
    add(
        "--dumpdir", type=Path, required=True, help="folder with loa, latent, condition"
    )
    add("--set", default="valid", help="name of the set")
    add("--clips", type=whole_number(1), default=1000, help="clips, at most")
    add("--batch_size", type=whole_number(1), default=8, help="clips per batch")
    add("--num_threads", type=THREADS, default=1, help="CPU threads")
    add("--output", type=Path, required=True, help="JSON file for the figures")
    return parser


def written(folder, matrices, bits):
    """Write matrices; return them as they are read, with bytes and seconds a clip."""
    start = time.process_time()
    with MatrixWriter(folder / "x.ark", folder / "x.scp", bits) as writer:
        for name, matrix in matrices.items():
            writer[name] = matrix
    middle, listed = time.process_time(), ListedMatrices(folder / "x.scp")
    read = {name: np.array(listed[name]) for name in matrices}
    end, size = time.process_time(), (folder / "x.ark").stat().st_size
    count = len(matrices)
    return read, size / count, (middle - start) / count, (end - middle) / count


@torch.no_grad()
def error_of(model, streams, size):
    """Return the validation error of a model on features by stream and id."""
    ids, total = list(streams["latent"]), 0.0
    for first in range(0, len(ids), size):
        names = ids[first : first + size]
        batch = {}
        for stream, values in streams.items():
            rows = [torch.from_numpy(values[name]) for name in names]
            lengths = torch.tensor([len(row) for row in rows])
            batch[stream] = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
            batch[f"{stream}_lengths"] = lengths
        _, stats, _ = model(utt_id=names, **batch)
        total += float(stats["eps_mse"]) * len(names)
    return total / len(ids)


def change_of(found, plain):
    """Return the change of a stream in standard deviations."""
    if found.keys() != plain.keys() or found[next(iter(found))].shape != (
        plain[next(iter(plain))].shape
    ):
        return None
    values = np.concatenate([plain[name].ravel() for name in plain])
    errors = np.concatenate([(found[name] - plain[name]).ravel() for name in plain])
    return float(np.sqrt(np.square(errors).mean()) / values.std())


def pooled(matrices, model):
    """Return LOA pooled by the factor of validation."""
    made = {}
    for name, matrix in matrices.items():
        loa = torch.from_numpy(matrix)[None]
        made[name] = pool_to_tokens(loa, model.geometry, model.pool_factor)[0].numpy()
    return made


def measure(model, streams, batch_size):
    """Return the figures of every form."""
    found = []
    loas = {"patches": streams["loa"], "pooled": pooled(streams["loa"], model)}
    for form, loa in loas.items():
        for bits in MATRIX_BITS:
            row, given = {"loa": form, "bits": bits}, dict(streams)
            for stream, plain in (("latent", streams["latent"]), ("loa", loa)):
                with tempfile.TemporaryDirectory() as folder:
                    made = written(Path(folder), plain, bits)
                given[stream], row[f"{stream}_bytes"] = made[:2]
                row[f"{stream}_change"] = change_of(made[0], plain)
                row[f"{stream}_write_s"], row[f"{stream}_read_s"] = (
                    round(1000 * seconds, 3) for seconds in made[2:]
                )
            row["eps_mse"] = error_of(model, given, batch_size)
            logging.info("%s", row)
            found.append(row)
    return found


@one_line_errors()
def main(cmd=None):
    """Run the measurement."""
    args = get_parser().parse_args(cmd)
    setup_logging()
    torch.set_num_threads(args.num_threads)
    model = load_experiment(args.ldm_dir, parts=("ldm",))
    places = {stream: args.dumpdir / stream for stream in _STREAMS}
    places[_TOKENS] = args.dumpdir / "condition"
    listed = {
        stream: ListedMatrices(folder / args.set / f"{stream}.scp")
        for stream, folder in places.items()
    }
    ids = list(listed["latent"])[: args.clips]
    streams = {
        stream: {name: np.array(rows[name]) for name in ids}
        for stream, rows in listed.items()
    }
    write_json(args.output, measure(model, streams, args.batch_size))
    logging.info("figures: %s", args.output)


if __name__ == "__main__":
    main()
