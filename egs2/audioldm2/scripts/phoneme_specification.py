#!/usr/bin/env python3
"""Write how a speech model converts text: phoneme_specification.py CONFIG FOLDER.

CONFIG is the config.yaml of a language model or of a joint training. The script writes
the files g2p, cleaner and token_list to FOLDER; token_list contains 'published' or the
path of tokens.txt in FOLDER. For a model that was trained with clips without
transcripts, it writes the file transcripts, which contains 'some'. For a model without
phonemes it writes nothing.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.encoder.speech_config import phoneme_reader
from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.training.config_file import read_yaml


def phoneme_specification(config: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """Return the contents of the files by name.

    Args:
        config: Contents of the config.yaml.
        folder: Folder for the files.

    Returns:
        Contents by file name; nothing for a model without phonemes.
    """
    reader = phoneme_reader(config)
    if reader is None:
        return {}
    conf = reader.conf
    files = {"g2p": f"{conf['g2p']}\n", "cleaner": f"{conf['cleaner']}\n"}
    files |= {"transcripts": "some\n"} if reader.optional else {}
    if isinstance(conf["tokens"], str):
        return files | {"token_list": conf["tokens"] + "\n"}
    files["tokens.txt"] = "\n".join(conf["tokens"]) + "\n"
    return files | {"token_list": f"{folder / 'tokens.txt'}\n"}


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path, metavar="CONFIG")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    return parser


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Write the specification of the config that the command line names.

    Args:
        cmd: Arguments; default: those of the command line.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    files = phoneme_specification(read_yaml(args.config), args.folder)
    args.folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_text(args.folder / name, content)


if __name__ == "__main__":
    main()
