#!/usr/bin/env python3
"""Generate example sounds of a system, and a page that plays them.

    scripts/make_examples.py --model starter --prompts starter/examples.tsv \
        --output_dir starter/examples

The table has the columns id, prompt and transcript (empty where nothing is spoken). For
each row one sound is generated, with the same seed for all rows, and none is chosen
from several. index.html needs no network: it has a player for each sound beside it.
"""

import argparse
import csv
import logging
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import soundfile
import torch

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.number_options import whole_number
from espnet2.gen_audio.files.atomic_file import atomic_path, write_text
from espnet2.gen_audio.pipeline.options import preset_options
from espnet2.gen_audio.pipeline.request import Request
from espnet2.gen_audio.pipeline.text2audio import Text2Audio

COLUMNS = ("id", "prompt", "transcript")
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 14px/1.4 sans-serif; margin: 2em; color: #222; }}
td {{ padding: .25em .7em; border-bottom: 1px solid #ddd; }}
</style></head><body>
<h1>{title}</h1>
<p>Preset {preset}, seed {seed}; one sound for each prompt, none chosen from several.</p>
<table>
{rows}
</table></body></html>
"""
ROW = (
    '<tr><td>{prompt}</td><td><audio controls preload="none" src="{id}.ogg"></audio>'
    "</td></tr>"
)


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--model", required=True, help="system: folder, packed archive or tag")
    add("--prompts", type=Path, required=True, help="table of prompts")
    add("--output_dir", type=Path, required=True, help="folder of sounds and page")
    add("--preset", default="balanced", help="preset of sampling")
    add("--seed", type=whole_number(), default=0, help="seed of all sounds")
    add("--title", default="Examples", help="heading of the page")
    return parser


def read_prompts(path: Path) -> list[dict[str, str]]:
    """Read the table of prompts.

    Args:
        path: Table, columns separated by tabs and named in the first row.

    Returns:
        One mapping per row.

    Raises:
        ValueError: If the columns are others, or a row has an empty prompt.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    for number, row in enumerate(rows, 2):
        if tuple(row) != COLUMNS or not row["id"] or not row["prompt"]:
            raise ValueError(
                f"{path}, line {number}: the columns are {', '.join(COLUMNS)}; id and "
                "prompt must not be empty"
            )
    if not rows:
        raise ValueError(f"{path} has no row")
    return rows


def page_of(rows: Sequence[Mapping[str, str]], args: argparse.Namespace) -> str:
    """Return the page that plays the sounds.

    Args:
        rows: Rows of the table of prompts.
        args: Options of the command.

    Returns:
        HTML.
    """
    lines = []
    for row in rows:
        said = f" ({row['transcript']!r})" if row["transcript"] else ""
        lines.append(ROW.format(prompt=escape(row["prompt"] + said), id=row["id"]))
    return PAGE.format(
        title=escape(args.title),
        preset=escape(args.preset),
        seed=args.seed,
        rows="\n".join(lines),
    )


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Generate the sounds and write the page.

    Args:
        cmd: Arguments; default: those of the command line.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    rows = read_prompts(args.prompts)
    options = preset_options(args.preset, seed=args.seed)
    text2audio = Text2Audio.from_pretrained(args.model)
    requests = [
        Request(row["id"], row["prompt"], transcript=row["transcript"] or None)
        for row in rows
    ]
    args.output_dir.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        for request, sounds in text2audio.make(requests, options):
            wave = sounds[0].wave.float().numpy()
            path = args.output_dir / f"{request.utt_id}.ogg"
            with atomic_path(path) as temporary:
                soundfile.write(
                    temporary, wave, text2audio.sample_rate, "VORBIS", format="OGG"
                )
            logging.info("%s: %s", path, request.caption)
    write_text(args.output_dir / "index.html", page_of(rows, args))


if __name__ == "__main__":
    main()
