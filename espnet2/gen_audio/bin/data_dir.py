"""Tools for data folders and id lists, with the command lines of Kaldi's tools.

The wrappers in egs2/audioldm2/utils give each subcommand its Kaldi name.
"""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.number_options import whole_number
from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.kaldi.data_check import find_problems
from espnet2.gen_audio.kaldi.data_dir import (
    DataFolder,
    combine,
    invert,
    keep_listed,
    read_data_dir,
    spread,
    write_data_dir,
)
from espnet2.gen_audio.kaldi.line_stream import (
    all_lines,
    refuse_own_outputs,
    speaker_rows,
    stream_lines,
)
from espnet2.gen_audio.recipe.rejects import read_rejects, write_rejects

_NUMBER, _PLACE = whole_number(0), whole_number(1)


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    subparsers = parser.add_subparsers(required=True, metavar="subcommand")

    def subcommand(name: str, run: Callable, summary: str) -> Callable:
        """Add a subcommand; return the function that adds an option to it."""
        added = subparsers.add_parser(name, help=summary, description=summary)
        added.set_defaults(run=run)
        return added.add_argument

    add = subcommand("keys", print_keys, "print the utterance ids of a data folder")
    add("dir", type=Path)
    add = subcommand("fix", fix, "sort; keep utterances that are in all files")
    _add_extra_files(add)
    add("dir", type=Path)
    add = subcommand("validate", validate, "print all faults; status 1 if any")
    _add_extra_files(add)
    add("--no-text", action="store_true", help="do not require captions")
    for name in ("--no-feats", "--no-wav", "--no-spk-sort", "--non-print"):
        add(name, action="store_true", help="accepted without effect")
    add("dir", type=Path)
    add = subcommand("copy", copy, "copy a data folder, then check the copy")
    add("--validate_opts", default="", help="options of validate")
    add("source", type=Path)
    add("target", type=Path)
    add = subcommand("subset", subset, "keep some utterances of a data folder")
    add("--first", action="store_true", help="keep the first N ids")
    add("--utt-list", "--utt_list", type=Path, help="file of ids to keep; replaces N")
    add("args", nargs="+", metavar="SOURCE [N] TARGET")
    add = subcommand("combine", combine_folders, "join data folders")
    add("--extra_files", "--extra-files", default="", help="additional files to join")
    add("target", type=Path)
    add("sources", type=Path, nargs="+")
    add = subcommand("split", split, "split a file into near-equal runs of lines")
    add("-j", nargs=2, type=_NUMBER, metavar=("N", "I"), help="part I of N, I from 0")
    add("files", nargs="+", metavar="IN [OUT ...]")
    add = subcommand("filter", filter_lines, "print the lines whose id is in a list")
    add("--exclude", action="store_true", help="print lines with other ids")
    add("-f", type=_PLACE, default=1, metavar="FIELD", help="field of the id, from 1")
    add("ids", type=Path)
    add("file", nargs="?", type=Path, help="input file; default: standard input")
    for name, change in (("spk2utt", invert), ("utt2spk", spread)):
        add = subcommand(name, print_inverted, f"print {name} made from its inverse")
        add("file", nargs="?", type=Path, help="input file; default: standard input")
        subparsers.choices[name].set_defaults(change=change)
    return parser


def print_keys(args: argparse.Namespace) -> None:
    """Print the ids of a data folder, sorted.

    Args:
        args: Options of the subcommand.
    """
    print("\n".join(read_data_dir(args.dir).utterances))


def fix(args: argparse.Namespace) -> None:
    """Sort a data folder; keep the utterances that all files contain.

    Args:
        args: Options of the subcommand.

    Raises:
        ValueError: If no utterance would be left.
    """
    extra = _names(args.utt_extra_files)
    folder = read_data_dir(args.dir, extra)
    ids = set(folder.utterances).intersection(*(folder.column(n) for n in extra))
    fixed = folder.keep(ids).fixed()
    if folder.utterances and not fixed.utterances:
        raise ValueError(
            f"{args.dir}: none of its {len(folder.utterances)} utterances is in all "
            "files; nothing was changed; check the ids of each file"
        )
    write_data_dir(fixed, args.dir)
    before, after = len(folder.utterances), len(fixed.utterances)
    logging.info("%s: kept %d utterances out of %d", args.dir, after, before)


def validate(args: argparse.Namespace) -> None:
    """Print all faults of a data folder.

    Args:
        args: Options of the subcommand.

    Raises:
        SystemExit: With status 1 if there are any.
    """
    extra = _names(args.utt_extra_files)
    problems = find_problems(args.dir, not args.no_text, extra)
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        raise SystemExit(1)
    logging.info("%s: valid data folder", args.dir)


def copy(args: argparse.Namespace) -> None:
    """Copy a data folder and check the copy.

    Args:
        args: Options of the subcommand.
    """
    write_data_dir(read_data_dir(args.source), args.target)
    main(["validate", *args.validate_opts.split(), str(args.target)])


def subset(args: argparse.Namespace) -> None:
    """Write a data folder with some of the utterances of another.

    Args:
        args: Options of the subcommand.

    Raises:
        ValueError: If the number is missing, not a number, or larger than the number of
            utterances, or the list has none of their ids.
    """
    source, target = args.args[0], args.args[-1]
    folder = read_data_dir(source)
    names = folder.utterances
    if args.utt_list is not None and len(args.args) == 2:
        write_data_dir(keep_listed(folder, args.utt_list), target)
        return
    if args.utt_list is not None or len(args.args) != 3 or not args.args[1].isdigit():
        raise ValueError(
            f"subset {' '.join(args.args)} is not valid; give SOURCE N TARGET,"
            " or --utt-list FILE SOURCE TARGET"
        )
    count = int(args.args[1])
    if not 0 < count <= len(names):
        raise ValueError(
            f"{source} has {len(names)} utterances, {count} were requested"
        )
    spread_out = [names[i * len(names) // count] for i in range(count)]
    write_data_dir(folder.keep(names[:count] if args.first else spread_out), target)


def combine_folders(args: argparse.Namespace) -> None:
    """Join data folders, and their lists of rejects.

    Args:
        args: Options of the subcommand.
    """
    extra = _names(args.extra_files)
    joined = combine(read_data_dir(source, extra) for source in args.sources)
    rejects = [reject for source in args.sources for reject in read_rejects(source)]
    if rejects or any((s / "rejects.tsv").is_file() for s in args.sources):
        write_rejects(args.target, rejects)
    write_data_dir(_without_empty_files(joined), args.target)
    count = len(joined.utterances)
    logging.info(
        "%s: %d utterances of %d folders", args.target, count, len(args.sources)
    )


def split(args: argparse.Namespace) -> None:
    """Split a file into near-equal runs of lines.

    Args:
        args: Options of the subcommand.

    Raises:
        ValueError: If there are fewer lines than parts, the part does not exist, or an
            output is given twice or is the input.
    """
    source, *targets = args.files
    refuse_own_outputs(source, targets)
    lines = all_lines(Path(source))
    count = args.j[0] if args.j else len(targets)
    if not 0 < count <= len(lines):
        raise ValueError(
            f"{source} has {len(lines)} lines and cannot be split into {count} parts;"
            " use fewer jobs"
        )
    bounds = [part * len(lines) // count for part in range(count + 1)]
    parts = ["".join(lines[a:b]) for a, b in zip(bounds, bounds[1:])]
    if args.j is None:
        for target, part in zip(targets, parts):
            write_text(target, part)
        return
    if not 0 <= args.j[1] < count:
        raise ValueError(f"-j {count} {args.j[1]}: parts count from 0 to {count - 1}")
    if targets:
        write_text(targets[0], parts[args.j[1]])
    else:
        sys.stdout.write(parts[args.j[1]])


def filter_lines(args: argparse.Namespace) -> None:
    """Print the lines of a file whose id is, or is not, in a list.

    Args:
        args: Options of the subcommand.

    Raises:
        ValueError: If a line has too few fields.
    """
    ids = {line.split()[0] for line in all_lines(args.ids) if line.split()}
    for number, line in enumerate(stream_lines(args.file), 1):
        fields = line.split()
        if len(fields) < args.f:
            raise ValueError(f"line {number} has {len(fields)} fields, -f is {args.f}")
        if (fields[args.f - 1] in ids) != args.exclude:
            print(line.rstrip("\r\n"))


def print_inverted(args: argparse.Namespace) -> None:
    """Print ``spk2utt`` made from ``utt2spk``, or ``utt2spk`` from ``spk2utt``.

    Args:
        args: Options of the subcommand.
    """
    rows = speaker_rows(all_lines(args.file), args.change is spread)
    for key, value in sorted(args.change(rows).items(), key=lambda r: r[0].encode()):
        print(key, value)


def _add_extra_files(add: Callable) -> None:
    add("--utt_extra_files", "--utt-extra-files", default="", help="additional files")
    add("--spk_extra_files", "--spk-extra-files", default="", help="has no effect")


def _names(option: str) -> tuple[str, ...]:
    """Return the names of further files; refuse paths to other folders."""
    names = tuple(option.split())
    for name in names:
        if name != Path(name).name:
            raise ValueError(
                f"extra files: {name} is no file name; give names of files in the data "
                "folders, without '/'"
            )
    return names


def _without_empty_files(folder: DataFolder) -> DataFolder:
    return DataFolder(
        {name: rows for name, rows in folder.files.items() if rows or name == "wav.scp"}
    )


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Run the command.

    Args:
        cmd: Arguments; None takes those of the process.
    """
    words = list(sys.argv[1:] if cmd is None else cmd)
    if "--validate_opts" in words[:-1]:  # its value begins with a dash
        place = words.index("--validate_opts")
        words[place : place + 2] = ["=".join(words[place : place + 2])]
    args = get_parser().parse_args(words)
    setup_logging("WARNING" if args.run in (print_keys, filter_lines) else "INFO")
    args.run(args)


if __name__ == "__main__":
    main()
