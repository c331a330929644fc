#!/usr/bin/env python3
"""Write down how a speech model reads text: phoneme_facts.py CONFIG FOLDER.

CONFIG is the config.yaml of a language model or a joint training. FOLDER gets the files
g2p, cleaner and token_list, which holds 'published' or the place of tokens.txt beside
it; nothing for a model that reads no phonemes.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from espnet2.gen_audio.conditioner.phoneme_reader import PhonemeReader
from espnet2.gen_audio.recipe.command import one_line_errors, setup_logging
from espnet2.gen_audio.training.config_file import read_yaml


def phoneme_facts(config: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """Return contents by file name.

    Args:
        config: Contents of the config.yaml.
        folder: Where the files will lie.

    Returns:
        What the recipe has to know; empty for a model that reads no phonemes.
    """
    reader = PhonemeReader.of_config(config)
    if reader is None:
        return {}
    conf = reader.conf
    facts = {"g2p": f"{conf['g2p']}\n", "cleaner": f"{conf['cleaner']}\n"}
    if isinstance(conf["tokens"], str):
        return facts | {"token_list": conf["tokens"] + "\n"}
    facts["tokens.txt"] = "\n".join(conf["tokens"]) + "\n"
    return facts | {"token_list": f"{folder / 'tokens.txt'}\n"}


@one_line_errors()
def main() -> None:
    """Write the facts of the config that the command line names."""
    setup_logging()
    folder = Path(sys.argv[2])
    facts = phoneme_facts(read_yaml(sys.argv[1]), folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in facts.items():
        (folder / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
