#!/usr/bin/env python3
"""Make the audio examples of the repository, and an HTML page beside them.

    python3 scripts/make_examples.py --output_dir examples

reads   <output_dir>/examples.tsv: name of the sound, group, words of espnet-gen-audio
writes  <output_dir>/<name>.ogg, <output_dir>/index.html

Every sound is the first that the command makes of its words (seed 0): none was chosen
among several.
"""

import argparse
import csv
import html
import logging
import shlex
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import soundfile

from espnet2.gen_audio.bin import gen_audio
from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.generation_options.sampling_options import options_of
from espnet2.gen_audio.generation_options.single_request import check, sounds_of
from espnet2.gen_audio.pipeline.load.starter import starter_folder
from espnet2.gen_audio.pipeline.text2audio import Text2Audio

FORM = {"format": "OGG", "subtype": "VORBIS"}
HEAD = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>gen_audio: examples</title>
<style>body {{ font-family: sans-serif; max-width: 60em; margin: 2em auto }}
td {{ padding: .3em .8em .3em 0; vertical-align: middle }}
code {{ color: #555 }}</style>
<h1>Examples of gen_audio</h1>
<p>{text}</p>
"""
TEXT = (
    "Sounds of the small system in egs2/audioldm2/starter, as espnet-gen-audio makes "
    "them without --model, in egs2/audioldm2. Each is the first sound of its command "
    "(seed 0); none was chosen among several, so that a voice may say other words. All "
    "are generated: the voices are synthetic. Given sounds are recordings of the "
    "default corpus (CC0)."
)


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this script."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output_dir", type=Path, required=True)
    return parser


def sounds(
    text2audio: Text2Audio, rows: Sequence[dict[str, str]], folder: Path
) -> Iterator[list[str]]:
    """Make the sounds of rows.

    Args:
        text2audio: The system.
        rows: Name, group and words of each sound.
        folder: Folder for the files.

    Yields:
        The cells of one row of the page, in HTML.
    """
    for row in rows:
        path = folder / f"{row['name']}.ogg"
        wanted = ["-o", str(path.with_suffix(".wav")), *shlex.split(row["words"])]
        args = gen_audio.get_parser().parse_args(wanted)
        check(args)
        (sound,) = sounds_of(args, text2audio, options_of(args, args.seed))
        wave = np.clip(sound.wave.numpy(), -1, 1)
        soundfile.write(path, wave, text2audio.sample_rate, **FORM)
        logging.info("%s: %.2f s", path, len(wave) / text2audio.sample_rate)
        yield [_player(path.name), _described(args), f"<code>{_escaped(row)}</code>"]


def _player(name: str) -> str:
    return f'<audio controls preload="none" src="{html.escape(name)}"></audio>'


def _escaped(row: dict[str, str]) -> str:
    return html.escape(f"espnet-gen-audio {row['words']} -o {row['name']}.wav")


def _described(args: argparse.Namespace) -> str:
    """Return what was asked for, with the player of a given sound."""
    lines = [html.escape(each) for each in (args.prompt, args.transcript) if each]
    if args.source is not None:
        lines.append(f"given: {_player(f'../{args.source}')}")
    return "<br>".join(lines)


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Make the examples.

    Args:
        cmd: Arguments; default: those of the command line.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    with (args.output_dir / "examples.tsv").open() as table:
        rows = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    text2audio = Text2Audio.from_pretrained(starter_folder())
    page = [HEAD.format(text=html.escape(TEXT))]
    for group, members in groupby(rows, lambda row: row["group"]):
        page.append(f"<h2>{html.escape(group)}</h2>\n<table>")
        for cells in sounds(text2audio, list(members), args.output_dir):
            page.append("<tr>" + "".join(f"<td>{each}</td>" for each in cells))
        page.append("</table>")
    write_text(args.output_dir / "index.html", "\n".join(page) + "\n")


if __name__ == "__main__":
    main()
