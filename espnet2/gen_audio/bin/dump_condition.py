"""Encode the captions or sounds of a data folder with frozen encoders, once.

Writes <stream>.scp, <stream>.ark and <stream>_shape for each requested stream: sentence
(one vector per caption), tokens (one vector per token), or any other stream of an
encoder (--encoder). A caption that occurs more than once is encoded and stored once.
Of clips with several captions (utt2captions) the first is in <stream>.scp, the others
are in further/<stream>.scp under <id>:2, <id>:3 and so on.
With --sentence_source audio the sentence vector is the CLAP embedding of the recording,
for corpora without descriptions (as in AudioLDM 2 for speech). CLAP maps sounds and
texts to one space, so generation can use the embedding of a text. The result does not
depend on --batch_size or on the number of jobs, except for rounding.
"""

import argparse
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.device import usable_device
from espnet2.gen_audio.cli.number_options import THREADS, whole_number
from espnet2.gen_audio.compat import MatrixWriter
from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.encoder.abs_frozen_encoder import (
    AUDIO,
    TEXT,
    AbsFrozenEncoder,
)
from espnet2.gen_audio.encoder.build_frozen import CaptionEncoder, build_frozen_encoder
from espnet2.gen_audio.encoder.choices import NONE, frozen_encoder_class
from espnet2.gen_audio.feats.waveform import read_waveform
from espnet2.gen_audio.files.atomic_file import atomic_path, write_text
from espnet2.gen_audio.files.progress import progress
from espnet2.gen_audio.kaldi.caption_file import read_captions
from espnet2.gen_audio.kaldi.several_captions import FURTHER, NAME, further_captions
from espnet2.gen_audio.preprocess.clip_batches import choose_clips


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
        help="data folder with text, lines '<id> <caption>'",
    )
    add("--output_dir", type=Path, required=True, help="folder for <stream>.scp")
    add("--key_file", type=Path, help="file with the ids to use; default: all ids")
    name = "folder, package:<package>/<folder> or Hugging Face name"
    add("--sentence_encoder", help=f"CLAP or sentence encoder: {name}, or none")
    add("--tokens_encoder", help=f"text encoder such as FLAN-T5: {name}, or none")
    add(
        "--sentence_source",
        choices=(TEXT, AUDIO),
        default=TEXT,
        help="input of CLAP: captions, or the first 10 s of the sounds of wav.scp",
    )
    add(
        "--encoder",
        action="append",
        default=[],
        metavar="STREAM=NAME",
        help=f"encoder of a further stream: {name}, or a name in the table of "
        "encoders; may be repeated",
    )
    add("--null_dir", type=Path, help="folder for <stream>.npy of the empty caption")
    add(
        "--max_length",
        type=whole_number(1),
        default=128,
        help="longest caption in tokens",
    )
    add("--batch_size", type=whole_number(1), default=32, help="captions per batch")
    add(
        "--num_threads",
        type=THREADS,
        help="CPU threads of a job; default: torch's default",
    )
    add("--device", type=usable_device, default="cpu", help="cpu or cuda")
    return parser


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Run the command.

    Args:
        cmd: Arguments; default: those of the command line.

    Raises:
        ValueError: If no encoder is given, or sounds are to be encoded by an encoder of
            captions.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    names = _encoders_of(args)
    sources = {stream: _source(args, stream, name) for stream, name in names.items()}
    if args.num_threads is not None:
        torch.set_num_threads(args.num_threads)
    for stream, name in names.items():
        encode = build_frozen_encoder(name, stream, args.max_length, args.device)
        if args.null_dir is not None and TEXT in frozen_encoder_class(name).sources:
            with atomic_path(args.null_dir / f"{stream}.npy") as path:
                np.save(path, _rows(encode([""]))[0])
        if sources[stream] == AUDIO:
            _dump_sounds(args, stream, encode)
        else:
            _dump_captions(args, stream, encode)
        logging.info("dump_condition: %s", args.output_dir / f"{stream}.scp")


def _encoders_of(args: argparse.Namespace) -> dict[str, str]:
    """Return the name of the encoder of every requested stream."""
    names = {"sentence": args.sentence_encoder, "tokens": args.tokens_encoder}
    for further in args.encoder:
        stream, _, name = further.partition("=")
        if not stream.isidentifier() or not name or names.get(stream):
            raise ValueError(
                f"--encoder {further} is not STREAM=NAME of a further stream; give for "
                "example --encoder melody=package:<package>/<folder>"
            )
        names[stream] = name
    names = {s: name for s, name in names.items() if name and name != NONE}
    if args.sentence_source == AUDIO and "sentence" not in names:
        raise ValueError(
            "--sentence_source audio needs a CLAP model, but --sentence_encoder is "
            f"{args.sentence_encoder}; give the folder of a CLAP model"
        )
    if not names:
        raise ValueError(
            f"encoders {args.sentence_encoder}, {args.tokens_encoder} were given; give "
            "--sentence_encoder, --tokens_encoder or --encoder"
        )
    return names


def _source(args: argparse.Namespace, stream: str, name: str) -> str:
    """Return the input of an encoder, captions or sounds, before it is loaded."""
    encoder = frozen_encoder_class(name)
    source = args.sentence_source if stream == "sentence" else encoder.sources[0]
    if source not in encoder.sources:
        raise ValueError(
            f"--sentence_source {source} needs a CLAP model, but --sentence_encoder "
            f"{name} is read by {encoder.__name__}, which encodes "
            f"{', '.join(encoder.sources)}; give the folder of a CLAP model, or "
            "another --sentence_source"
        )
    return source


def _dump_captions(
    args: argparse.Namespace, stream: str, encode: CaptionEncoder
) -> None:
    """Write one stream: each distinct caption once, and an index for all ids.

    Further captions of a clip have an index of their own.
    """
    firsts = read_captions(args.data_dir / "text", args.key_file)
    further = further_captions(args.data_dir, firsts)
    captions = {**firsts, **further}
    first_id = {}  # first id of each distinct caption
    for key, caption in captions.items():
        first_id.setdefault(caption, key)
    # batches of similar length need least padding
    different = sorted(first_id, key=lambda caption: (len(caption), caption))
    size = args.batch_size
    batches = [different[i : i + size] for i in range(0, len(different), size)]
    encoded = (
        (first_id[caption], matrix)
        for batch in progress(batches, len(batches), f"dump_{stream}", unit="batches")
        for caption, matrix in zip(batch, _rows(encode(batch)))
    )
    stored = [{k: first_id[c] for k, c in part.items()} for part in (firsts, further)]
    in_parts = (
        args.data_dir / NAME
    ).is_file()  # every job writes it, so that all parts are joined
    _write_stream(args.output_dir, stream, encoded, *stored[: 1 + in_parts])
    cut = getattr(encode, "cut", {})
    ids = [key for key, caption in captions.items() if caption in cut]
    if ids:
        logging.warning(
            "dump_%s: %d of %d captions are longer than the encoder reads (first %s); "
            "%d words are left out, see the warnings above; shorten these captions",
            stream,
            len(ids),
            len(captions),
            ids[0],
            sum(len(cut[captions[key]].split()) for key in ids),
        )


def _dump_sounds(
    args: argparse.Namespace, stream: str, encoder: AbsFrozenEncoder
) -> None:
    """Write one stream of encoded sounds."""
    clips = choose_clips(args.data_dir, args.key_file)
    ids = list(clips)
    size = args.batch_size
    batches = [ids[first : first + size] for first in range(0, len(ids), size)]
    encoded = (
        item
        for names in batches
        for item in zip(names, _encoded_sounds(encoder, clips, names))
    )
    encoded = progress(encoded, len(clips), f"dump_{stream}")
    _write_stream(args.output_dir, stream, encoded, {key: key for key in clips})


def _encoded_sounds(
    encoder: AbsFrozenEncoder, clips: Mapping[str, str], names: Sequence[str]
) -> list[np.ndarray]:
    """Encode some sounds, up to the encoder's number of samples."""
    waves = []
    for name in names:
        try:
            wave = read_waveform(clips[name], encoder.rate)
        except ValueError as error:
            raise ValueError(f"{name}, {error}") from error
        waves.append(torch.from_numpy(wave[: encoder.samples]))
    batch = torch.nn.utils.rnn.pad_sequence(waves, batch_first=True)
    lengths = torch.tensor([len(wave) for wave in waves])
    return _rows(encoder.audio(batch, encoder.rate, lengths))


def _write_stream(
    output: Path,
    stream: str,
    encoded: Iterable[tuple[str, np.ndarray]],
    stored_as: Mapping[str, str],
    further: Mapping[str, str] | None = None,
) -> None:
    """Write matrices, and an index with the id under which each is stored.

    Further captions get an index and shapes of their own.
    """
    shapes = {}
    own_index = output / f".{stream}.different.scp"
    with MatrixWriter(output / f"{stream}.ark", own_index) as writer:
        for key, matrix in encoded:
            writer[key] = matrix
            shapes[key] = f"{matrix.shape[0]},{matrix.shape[1]}"
    own_lines = own_index.read_text(encoding="utf-8").splitlines()
    places = dict(line.split(maxsplit=1) for line in own_lines)
    own_index.unlink()
    for folder, stored in ((output, stored_as), (output / FURTHER, further)):
        if stored is None:
            continue
        for name, values in ((f"{stream}_shape", shapes), (f"{stream}.scp", places)):
            lines = [f"{key} {values[own]}\n" for key, own in stored.items()]
            write_text(folder / name, "".join(lines))


def _rows(condition: Condition) -> list[np.ndarray]:
    """Return the rows of a batch of conditions without padding, (n, D) each."""
    rows = zip(condition.embedding.cpu(), condition.mask.cpu())
    return [embedding[mask].numpy() for embedding, mask in rows]


if __name__ == "__main__":
    main()
