"""Generate sounds for captions of a Kaldi text or a list; write <id>.wav and wav.scp.

Seed and id determine a sound, which does not depend on the batch, the order or the
number of jobs. With several sources of LOA or several seeds, each pair has its own
folder, <source>_seed<n>.
"""

import argparse
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from espnet2.gen_audio.accel.allocator import loaded_objects_frozen
from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.config_option import PlainParser
from espnet2.gen_audio.cli.number_options import whole_number
from espnet2.gen_audio.compat import MatrixWriter
from espnet2.gen_audio.feats.sound_writer import write_sound
from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.files.keyed_text import read_keyed
from espnet2.gen_audio.files.progress import progress
from espnet2.gen_audio.generation_options.checks import (
    check_given_sound,
    refuse_own_input,
    refuse_repeated,
    refuse_unwritable,
)
from espnet2.gen_audio.generation_options.loa_sources import (
    check_references,
    check_sources,
    refuse_missing_loa,
)
from espnet2.gen_audio.generation_options.model_options import (
    add_system_options,
    check_system,
    folders_of,
    refuse_without_student,
    system_of,
)
from espnet2.gen_audio.generation_options.sampling_options import (
    add_sampling_options,
    options_of,
)
from espnet2.gen_audio.generation_options.tables import (
    add_speech_tables,
    check_tables,
    requests_of,
    spoken_captions,
)
from espnet2.gen_audio.generation_options.task_options import (
    add_condition_option,
    add_task_options,
)
from espnet2.gen_audio.kaldi.caption_file import read_captions
from espnet2.gen_audio.pipeline.behaviour import behaviour_of
from espnet2.gen_audio.pipeline.encode import encode_captions
from espnet2.gen_audio.pipeline.load.experiments import untrained_like
from espnet2.gen_audio.pipeline.predict_loa import predict_loa
from espnet2.gen_audio.pipeline.reference_loa import SOURCES, ReferenceLOA
from espnet2.gen_audio.pipeline.request import Request
from espnet2.gen_audio.pipeline.system import System
from espnet2.gen_audio.pipeline.text2audio import Text2Audio


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = PlainParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add(
        "--text",
        type=Path,
        help="lines '<id> <caption>', or captions below a first line 'caption'; "
        "speech: description, or description | phonemes",
    )
    add("--output_dir", type=Path, help="folder for <id>.wav and wav.scp")
    add("--wav_dir", type=Path, help="folder for the sounds; default: output_dir")
    add("--key_file", type=Path, help="file with the ids to use; default: all ids")
    add(
        "--audio_format",
        choices=("wav", "flac"),
        default="wav",
        help="sound format, 16 bits",
    )
    add_system_options(parser)
    add_speech_tables(parser)
    add_task_options(parser)
    add("--source_scp", type=Path, help="sounds to edit, lines '<id> <file>'")
    add("--spans", type=Path, help="inpainting: lines '<id> <start> <end>', seconds")
    add_condition_option(parser, "index of matrices, lines '<id> <ark>:<offset>'")
    add("--utt2dur", type=Path, help="length of every sound, lines '<id> <seconds>'")
    add("--utt2seed", type=Path, help="seed of every sound; default: --seed")
    add_sampling_options(parser, "quality")
    add(
        "--seeds",
        type=whole_number(),
        nargs="+",
        default=[0],
        help="seeds of the noise; each makes a set of sounds",
    )
    add("--seed", dest="seeds", type=_one_seed, help="seed of the noise")
    add(
        "--sources", nargs="+", default=["predicted"], help=f"LOA: {', '.join(SOURCES)}"
    )
    add("--loa_scp", help="LOA of the recordings, for the source 'true'")
    add("--train_loa_scp", help="LOA of the training set, for the source 'mean'")
    add("--batch_size", type=whole_number(1), default=1, help="captions per batch")
    return parser


def _one_seed(word: str) -> list[int]:
    """Read the value of ``--seed``."""
    return [whole_number()(word)]


def check(args: argparse.Namespace) -> None:
    """Refuse invalid options before a model is loaded.

    Args:
        args: Options of the command.

    Raises:
        ValueError: If an option is missing, unknown or cannot be used.
    """
    for option in ("text", "output_dir"):
        if getattr(args, option) is None:
            raise ValueError(f"--{option} is missing; see --help")
    for option in ("output_dir", "wav_dir"):
        if getattr(args, option) is not None:
            refuse_unwritable(option, getattr(args, option))
    check_system(args)
    check_given_sound(args, "source_scp", "spans", args.spans)
    check_sources(args)
    refuse_repeated("seeds", args.seeds)
    refuse_repeated("sources", args.sources)
    if args.utt2seed is not None and len(args.seeds) > 1:
        raise ValueError(
            f"--seeds {' '.join(map(str, args.seeds))} and --utt2seed: each clip has "
            "one seed there, so that all sets would be equal; give one of both"
        )
    made = candidates_of(args)
    if made < 1 or (made > 1 and (not args.model or args.sources != ["predicted"])):
        raise ValueError(
            f"--candidates {made} (default of behaviour {args.behaviour}): "
            "more than 1 needs --model, whose CLAP ranks them, and --sources predicted"
        )
    refuse_without_student(options_of(args), args)
    check_tables(args)
    check_references(args)
    _refuse_own_input(args)


def _refuse_own_input(args: argparse.Namespace) -> None:
    """Refuse to write over sounds and lists that are read, or that lie beside them."""
    rows = [row[2] for row in rows_of(args)]
    written = [args.output_dir / row / "wav.scp" for row in rows]
    written += [args.output_dir / name for name in ("loa.scp", "loa.ark")]
    sounds = {} if args.source_scp is None else read_keyed(args.source_scp)
    names = [f"{key}.{args.audio_format}" for key in sounds]
    folder = args.wav_dir or args.output_dir
    written += [folder / row / name for row in rows for name in names]
    lists = (args.text, args.source_scp, args.loa_scp, args.train_loa_scp)
    given = [Path(path) for path in (*filter(None, lists), *sounds.values())]
    given.append(Path(args.text).parent / "wav.scp")
    refuse_own_input(written, filter(Path.exists, given))


def candidates_of(args: argparse.Namespace) -> int:
    """Return the number of sounds per caption."""
    if args.candidates is not None:
        return args.candidates
    return behaviour_of(args.behaviour).candidates


def rows_of(args: argparse.Namespace) -> list[tuple[str, int, str]]:
    """Return LOA source, seed and folder of each set of sounds to generate."""
    # several seeds for the main row only
    runs = [
        (source, seed)
        for source in args.sources
        for seed in (args.seeds if source == "predicted" else args.seeds[:1])
    ]
    if len(runs) == 1:
        return [(*runs[0], ".")]
    return [(source, seed, f"{source}_seed{seed}") for source, seed in runs]


def write_sounds(
    system: System,
    requests: Sequence[Request],
    seed: int,
    name: str,
    args: argparse.Namespace,
) -> None:
    """Generate sounds; write them, their wav.scp and the scores of candidates.

    Args:
        system: The parts.
        requests: The requests.
        seed: Seed, which together with the id determines the noise.
        name: Folder below ``--output_dir`` and ``--wav_dir``.
        args: Options of the command.
    """
    options, number = options_of(args, seed), candidates_of(args)
    made = Text2Audio(system).make(requests, options, number, args.batch_size)
    wav_dir = (args.wav_dir or args.output_dir) / name
    lines, scores = [], []
    title = f"generate {name}".rstrip(" .")
    for request, sounds in progress(made, len(requests), title):
        utt_id = request.utt_id
        path = wav_dir / f"{utt_id}.{args.audio_format}"
        write_sound(path, sounds[0].wave.numpy(), system.sample_rate)
        lines.append(f"{utt_id} {path}\n")
        seed_of = seed if request.seed is None else request.seed
        for each in sounds if len(sounds) > 1 else ():
            line = {"id": utt_id, "seed": seed_of, "candidate": each.number}
            line |= {"clap": each.score, "chosen": each is sounds[0]}
            scores.append(json.dumps(line) + "\n")
    write_text(args.output_dir / name / "wav.scp", "".join(lines))
    if scores:
        write_text(args.output_dir / name / "candidates.jsonl", "".join(scores))


def write_predicted_loa(
    system: System,
    captions: Mapping[str, str],
    seeds: Mapping[str, int],
    folder: Path,
) -> None:
    """Write the LOA that the language model predicts from captions.

    Args:
        system: The parts.
        captions: Captions by id.
        seeds: Seed of each caption, for a language model that samples.
        folder: Folder for loa.scp and loa.ark, in float32.
    """
    with MatrixWriter(folder / "loa.ark", folder / "loa.scp") as writer:
        for utt_id, caption in captions.items():
            batch = encode_captions(system, [caption], [utt_id], [seeds[utt_id]])
            ids = [(seeds[utt_id], utt_id)]
            loa = predict_loa(system, batch, noise_ids=ids)
            writer[utt_id] = loa[0].float().cpu().numpy()


@one_line_errors(status=2)
def main(cmd: Sequence[str] | None = None) -> None:
    """Generate.

    Args:
        cmd: Arguments; default: those of the command line.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    check(args)
    torch.set_num_threads(args.num_threads)
    captions, system = read_captions(args.text), system_of(args)
    captions = spoken_captions(args, captions, system)
    own = {key: captions[key] for key in read_captions(args.text, args.key_file)}
    requests = requests_of(args, own, system.sample_rate)
    refuse_missing_loa(args.sources, system)
    tables = args.loa_scp, args.train_loa_scp
    references = ReferenceLOA(captions, lambda loa: system.loa_lm.pool(loa), *tables)
    with loaded_objects_frozen():
        for source, seed, name in rows_of(args):
            row = [references.request(source, request) for request in requests]
            one = system
            if source == "untrained":
                one = untrained_like(system, folders_of(args), seed=0)
            write_sounds(one, row, seed, name, args)
    wanted = args.task == "text_to_audio" and not args.low_memory
    if wanted and system.specification.loa_factor is not None:
        first = args.seeds[0]
        seeds = {r.utt_id: first if r.seed is None else r.seed for r in requests}
        write_predicted_loa(system, own, seeds, args.output_dir)
    logging.info("sounds of %d captions: %s", len(own), args.wav_dir or args.output_dir)


if __name__ == "__main__":
    main()
