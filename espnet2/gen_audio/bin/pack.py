"""Pack a trained system into one archive of ESPnet's format.

Parts may be experiments or parts of a converted checkpoint. Encoders given as a folder
are copied; other encoders are stored by name and loaded by that name. Data that only
training needs (discriminators, optimisers, raw weights that have a moving average) are
left out; the source and licence of each part are stored.
"""

import argparse
import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from espnet2.gen_audio.checkpoint.archive.folder import (
    INDEX,
    read_encoder,
    read_index,
    write_system,
)
from espnet2.gen_audio.checkpoint.archive.packed import write_archive
from espnet2.gen_audio.checkpoint.archive.provenance import UNKNOWN_LICENCE
from espnet2.gen_audio.checkpoint.archive.report_table import table
from espnet2.gen_audio.checkpoint.archive.system import (
    ENCODERS,
    NETS,
    OWN_NETS,
    Encoder,
    Part,
    System,
)
from espnet2.gen_audio.checkpoint.archive.trained import part_of
from espnet2.gen_audio.checkpoint.experiment import WEIGHTS
from espnet2.gen_audio.checkpoint.strict_fit import without_memory
from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.diffusion.student.same_model import refuse_other_model
from espnet2.gen_audio.parts import PARTS
from espnet2.gen_audio.vocoder.choices import UNTRAINED_DEFAULT, is_untrained

_OTHER_WEIGHTS = (".safetensors", ".bin", ".h5", ".msgpack", ".onnx", ".pt", ".ot")


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--outpath", type=Path, required=True, help="archive to write, .zip")
    add("--joint_dir", type=Path, help="experiment of language and diffusion model")
    add("--loa_lm_dir", type=Path, help="experiment of the language model alone")
    add("--ldm_dir", type=Path, help="experiment of the diffusion model alone")
    text = "experiment of a student of the diffusion model, for instant and fast2"
    add("--student_dir", type=Path, help=text)
    add("--weights", help="file name of weights; default: best validation epoch")
    add("--vae_dir", type=Path, help="experiment of the VAE")
    add(
        "--vocoder",
        default=UNTRAINED_DEFAULT,
        help="vocoder: experiment, or griffin_lim",
    )
    add(
        "--audiomae_dir",
        type=Path,
        help="experiment of AudioMAE, for audio prompts, edits and later training",
    )
    name = "folder, package:<package>/<folder> or Hugging Face name"
    add("--sentence_encoder", help=f"one vector per caption: {name}")
    add("--tokens_encoder", help=f"states of a caption: {name}")
    add(
        "--bfloat16",
        nargs="+",
        default=(),
        metavar="PART",
        choices=NETS,
        help="parts whose matrices are stored as bfloat16, in half the space; they are "
        "loaded in the precision of generation all the same",
    )
    add(
        "--licence",
        help="licence of parts that were trained on sounds of one's own; parts that "
        "began from weights of others keep theirs",
    )
    return parser


def collect(args: argparse.Namespace) -> System:
    """Read the parts that the options name.

    Args:
        args: Options of the command.

    Returns:
        The system.

    Raises:
        ValueError: If no diffusion model is given, a part is given twice, or a folder
            is of another part.
    """
    _refuse_incomplete(args)
    system = System("custom", {}, {})
    vocoder = None
    if is_untrained(args.vocoder):
        system.elsewhere["vocoder"] = args.vocoder
    else:
        vocoder = Path(args.vocoder)
    _add_nets(system, args, vocoder)
    _refuse_other_teacher(system)
    _add_encoders(system, args)
    for part in system.parts.values():
        if args.licence and part.provenance.get("licence") == UNKNOWN_LICENCE:
            part.provenance["licence"] = args.licence
    for name in args.bfloat16:
        if name not in system.parts:
            raise ValueError(
                f"--bfloat16 {name}: this system has no such part; it has "
                f"{', '.join(system.parts)}"
            )
        state = system.parts[name].state
        system.parts[name].state = {key: _halved(each) for key, each in state.items()}
    return system


def _halved(tensor: torch.Tensor) -> torch.Tensor:
    """Return a matrix of single precision as bfloat16; vectors and scalars stay."""
    matrix = tensor.dim() > 1 and tensor.dtype == torch.float32
    return tensor.bfloat16() if matrix else tensor


def _refuse_incomplete(args: argparse.Namespace) -> None:
    """Refuse options without a diffusion model, with two of them, or without a VAE."""
    if (args.joint_dir is None) == (args.ldm_dir is None):
        raise ValueError(
            f"--joint_dir {args.joint_dir} and --ldm_dir {args.ldm_dir}: give one of "
            "them, --ldm_dir with --loa_lm_dir (without it for a model that has no LOA)"
        )
    if args.vae_dir is None:
        raise ValueError(
            f"--vae_dir {args.vae_dir}: give the folder of a VAE, without which "
            "latents cannot be decoded"
        )


def _add_nets(system: System, args: argparse.Namespace, vocoder: Path | None) -> None:
    """Read the networks of the folders that are given."""
    wanted = [
        ("audiomae", args.audiomae_dir, None),
        ("vae", args.vae_dir, None),
        ("vocoder", vocoder, None),
        ("loa_lm", args.loa_lm_dir, args.weights),
        ("ldm", args.ldm_dir, args.weights),
        ("loa_lm ldm", args.joint_dir, args.weights),
        ("ldm_student", args.student_dir, None),
    ]
    for names, folder, weights in wanted:
        if folder is not None:
            logging.info("reading %s", folder)
            parts = _parts_of(folder, weights, names.split())
            system.parts |= {part.name: part for part in parts}


def _refuse_other_teacher(system: System) -> None:
    """Refuse a student of another diffusion model."""
    if "ldm_student" in system.parts:
        student, ldm = (
            without_memory(PARTS[name].build, system.parts[name].config)
            for name in ("ldm_student", "ldm")
        )
        origin = system.parts["ldm_student"].provenance
        refuse_other_model(student, ldm, origin.get("experiment", "--student_dir"))


def _add_encoders(system: System, args: argparse.Namespace) -> None:
    """Read encoders that are folders; store the names of all others."""
    for name in ENCODERS:
        place = getattr(args, name)
        if place is not None and Path(place).is_dir():
            system.encoders[name] = encoder_of(name, Path(place))
        elif place is not None:
            system.elsewhere[name] = place


def _parts_of(folder: Path, weights: str | None, names: list[str]) -> list[Part]:
    # ``weights`` is for trainings; a converted part has one file of weights
    parts = part_of(folder, None if (folder / WEIGHTS).is_file() else weights)
    found = [part.name for part in parts]
    if sorted(found) != sorted(names):
        raise ValueError(
            f"{folder} holds {' and '.join(found)}, but {' and '.join(names)} is "
            "needed there; check the options"
        )
    return parts


def encoder_of(name: str, folder: Path) -> Encoder:
    """Read the folder of a frozen encoder.

    Args:
        name: ``sentence_encoder`` or ``tokens_encoder``.
        folder: Folder that ``save_pretrained`` of transformers wrote, or a converted
            part.

    Returns:
        The encoder with its tokenizer.

    Raises:
        ValueError: If config.json or model.safetensors is missing, or they do not fit
            each other.
    """
    if not (folder / "config.json").is_file() or not (folder / WEIGHTS).is_file():
        raise ValueError(
            f"{folder} has no config.json or no {WEIGHTS}; give a folder that "
            "save_pretrained wrote, or a name"
        )
    stated: dict[str, Any] = {"source": folder.name, "licence": UNKNOWN_LICENCE}
    if (folder.parent / INDEX).is_file():
        stated |= read_index(folder.parent)["parts"].get(folder.name, {})
    encoder = read_encoder(folder, stated)
    encoder.name = name
    encoder.files = {
        file: content
        for file, content in encoder.files.items()
        if Path(file).suffix not in _OTHER_WEIGHTS
    }
    return encoder


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Pack.

    Args:
        cmd: Arguments; default: those of the command line.

    Raises:
        ValueError: If the archive has another ending.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    if args.outpath.suffix != ".zip":  # checked before reading, which takes minutes
        raise ValueError(f"--outpath {args.outpath} must end in .zip")
    system = collect(args)
    args.outpath.parent.mkdir(parents=True, exist_ok=True)
    # beside the archive, since the disk of temporary files may be too small
    with tempfile.TemporaryDirectory(
        prefix=".tmp-", dir=args.outpath.parent
    ) as temporary:
        index = write_system(system, temporary)
        write_archive(temporary, args.outpath)
    print(table(index))
    absent = [
        f"{name} ({system.elsewhere.get(name, 'absent')})"
        for name in (*NETS, *OWN_NETS, *ENCODERS)
        if name not in index["parts"]
    ]
    logging.info("%s is whole; not in it: %s", args.outpath, ", ".join(absent) or "-")


if __name__ == "__main__":
    main()
