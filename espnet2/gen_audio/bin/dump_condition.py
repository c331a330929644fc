"""Encode the captions of a data folder with frozen encoders, once and for all.

Writes <stream>.scp, <stream>.ark and <stream>_shape for each stream asked for: sentence
(one vector a caption) and tokens (one vector a token). A caption that occurs more than
once is encoded and stored once. The result does not depend on --batch_size or on how
jobs are split, up to rounding.
"""

import argparse
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from espnet2.gen_audio.compat import MatrixWriter
from espnet2.gen_audio.conditioner.frozen import CaptionEncoder, build_frozen_encoder
from espnet2.gen_audio.kaldi.atomic_file import atomic_path, write_text
from espnet2.gen_audio.kaldi.command import one_line_errors, setup_logging
from espnet2.gen_audio.kaldi.progress import progress
from espnet2.gen_audio.kaldi.text import read_captions


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add(
        "--data_dir",
        type=Path,
        required=True,
        help="folder with text: '<id> <caption>'",
    )
    add("--output_dir", type=Path, required=True, help="gets <stream>.scp and shapes")
    add("--key_file", type=Path, help="ids of this job, first column; default all")
    name = "folder, package:<package>/<folder> or Hugging Face name"
    add("--sentence_encoder", help=f"CLAP or sentence encoder: {name}")
    add("--tokens_encoder", help=f"text encoder such as FLAN-T5: {name}")
    add("--null_dir", type=Path, help="gets <stream>.npy, the encoded empty caption")
    add("--max_length", type=int, default=128, help="longest caption in tokens")
    add("--batch_size", type=int, default=32, help="captions encoded at once")
    add("--num_threads", type=int, help="threads of one job; default torch's choice")
    add("--device", default="cpu", help="cpu or cuda")
    return parser


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Run the command.

    Args:
        cmd: Arguments; those of the command line when absent.

    Raises:
        ValueError: If no encoder is given.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    names = {"sentence": args.sentence_encoder, "tokens": args.tokens_encoder}
    if not any(names.values()):
        raise ValueError("give --sentence_encoder, --tokens_encoder or both")
    if args.num_threads is not None:
        torch.set_num_threads(args.num_threads)
    captions = read_captions(args.data_dir / "text", args.key_file)
    for stream, name in names.items():
        if not name:
            continue
        encode = build_frozen_encoder(name, stream, args.max_length, args.device)
        if args.null_dir is not None:
            with atomic_path(args.null_dir / f"{stream}.npy") as path:
                np.save(path, _rows(encode, [""])[0])
        _dump_stream(args, stream, encode, captions)
        logging.info("dump_condition: %s", args.output_dir / f"{stream}.scp")


def _dump_stream(
    args: argparse.Namespace,
    stream: str,
    encode: CaptionEncoder,
    captions: Mapping[str, str],
) -> None:
    """Write one stream: each different caption once, and an index for all ids."""
    output = args.output_dir
    first_id = {}  # of each different caption
    for key, caption in captions.items():
        first_id.setdefault(caption, key)
    # equal lengths together waste least on pads
    different = sorted(first_id, key=lambda caption: (len(caption), caption))
    size = args.batch_size
    batches = [different[i : i + size] for i in range(0, len(different), size)]
    shapes = {}
    own_index = output / f".{stream}.different.scp"
    with MatrixWriter(output / f"{stream}.ark", own_index) as writer:
        for batch in progress(batches, len(batches), f"dump_{stream}", unit="batches"):
            for caption, matrix in zip(batch, _rows(encode, batch)):
                writer[first_id[caption]] = matrix
                shapes[caption] = f"{matrix.shape[0]},{matrix.shape[1]}"
    own_lines = own_index.read_text(encoding="utf-8").splitlines()
    places = dict(line.split(maxsplit=1) for line in own_lines)
    own_index.unlink()
    _write_index(output / f"{stream}_shape", captions, shapes)
    same_place = {caption: places[key] for caption, key in first_id.items()}
    _write_index(output / f"{stream}.scp", captions, same_place)


def _rows(encode: CaptionEncoder, captions: Sequence[str]) -> list[np.ndarray]:
    """Encode captions and cut the pads off, (n, D) each."""
    condition = encode(captions)
    rows = zip(condition.embedding.cpu(), condition.mask.cpu())
    return [embedding[mask].numpy() for embedding, mask in rows]


def _write_index(
    path: Path, captions: Mapping[str, str], of_caption: Mapping[str, str]
) -> None:
    lines = [f"{key} {of_caption[caption]}\n" for key, caption in captions.items()]
    write_text(path, "".join(lines))


if __name__ == "__main__":
    main()
