#!/usr/bin/env python3
"""Upload the files of a packed system to the Hugging Face hub, for ESPnet's model zoo.

The account is that of the hub's login (``hf auth login``, or HF_TOKEN). The model card
README.md contains the table of parts with their sources and licences.
"""

import argparse
import logging
import shutil
import tempfile
from pathlib import Path

from espnet2.gen_audio.checkpoint.archive.folder import read_index
from espnet2.gen_audio.checkpoint.archive.packed import open_archive
from espnet2.gen_audio.checkpoint.archive.report_table import table
from espnet2.gen_audio.cli.command import one_line_errors, setup_logging


def card_of(folder: Path, repo: str) -> str:
    """Return the model card.

    Args:
        folder: The unpacked system.
        repo: Name of the repository.

    Returns:
        Markdown.
    """
    index = read_index(folder)
    return "\n".join(
        [
            "---",
            "tags: [espnet, audio, text-to-audio]",
            "library_name: espnet",
            "---",
            f"# {repo}",
            "",
            "A text-to-audio system of the gen_audio plugin for ESPnet:",
            "",
            "```python",
            "from espnet2.gen_audio.pipeline.text2audio import Text2Audio",
            "",
            f'text2audio = Text2Audio.from_pretrained("{repo}")',
            'wave = text2audio("a dog barks")  # (samples,), text2audio.sample_rate Hz',
            "```",
            "",
            "Parts with their sources and licences:",
            "",
            "```",
            table(index),
            "```",
            "",
        ]
    )


@one_line_errors()
def main() -> None:
    """Upload.

    Raises:
        ValueError: If the name of the repository is not OWNER/NAME.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", type=Path, required=True)
    parser.add_argument("--repo", required=True, help="OWNER/NAME")
    args = parser.parse_args()
    setup_logging()
    if args.repo.count("/") != 1:
        raise ValueError(f"--repo {args.repo} is not OWNER/NAME")
    from huggingface_hub import HfApi

    with tempfile.TemporaryDirectory(dir=args.archive.parent) as temporary:
        opened = open_archive(args.archive, temporary)
        card = card_of(opened, args.repo)
        (opened / "README.md").write_text(card, encoding="utf-8")
        api = HfApi()
        api.create_repo(args.repo, exist_ok=True)
        api.upload_folder(repo_id=args.repo, folder_path=str(opened))
        shutil.rmtree(opened)
    logging.info("uploaded the files of %s to %s", args.archive, args.repo)


if __name__ == "__main__":
    main()
