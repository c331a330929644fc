#!/usr/bin/env python3
"""Write the specification of a converted system, with one file per entry.

The folder FOLDER/recipe gets geometry.yaml and, if they apply, latent_scale (a number),
without_loa, without_tokens, film (empty files), g2p, cleaner, token_list (for speech
models), sentence_encoder, tokens_encoder (folder or name), vocoder (griffin_lim), and
units/ (the subword units of the models).
"""

import argparse
import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from phoneme_specification import phoneme_specification

from espnet2.gen_audio.checkpoint.archive.folder import read_index
from espnet2.gen_audio.checkpoint.archive.system import ENCODERS, NETS
from espnet2.gen_audio.checkpoint.experiment import read_config
from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.text.caption_units import UNITS_FILE, TextUnits

TOKENIZERS = (
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.json",
    "vocab.txt",
    "spiece.model",
)
Files = dict[str, str | bytes]


def specification_of(folder: Path) -> Files:
    """Return the contents of the files by name.

    Args:
        folder: A converted system.

    Returns:
        Contents by file name.

    Raises:
        ValueError: If the parts are made for clips of different geometry.
    """
    index = read_index(folder)
    configs = {n: read_config(folder / n) for n in NETS if n in index["parts"]}
    files: Files = {}
    files |= _geometry_of(folder, configs)
    files |= _diffusion_of(configs.get("ldm"))
    files |= phoneme_specification(configs.get("loa_lm", {}), folder / "recipe")
    for config in configs.values():
        if config.get("text_encoder") == "units":
            units = TextUnits.from_text(config["units_model"])
            files[f"units/{UNITS_FILE}"] = units.model
            files["units/tokens.txt"] = "\n".join(units.pieces()) + "\n"
    elsewhere = index.get("elsewhere") or {}
    if "vocoder" in elsewhere:
        files["vocoder"] = elsewhere["vocoder"] + "\n"
    return files | _encoders_of(folder, index["parts"], elsewhere)


def _geometry_of(folder: Path, configs: Mapping[str, Mapping[str, Any]]) -> Files:
    """Return the geometry of all networks; refuse networks of different geometry."""
    geometries = {
        name: ClipGeometry.from_dict(config["geometry_conf"]).to_dict()
        for name, config in configs.items()
    }
    if not geometries:
        return {}
    first, geometry = next(iter(geometries.items()))
    other = [name for name in geometries if geometries[name] != geometry]
    if other:
        raise ValueError(
            f"{first} and {other[0]} of {folder} are made for clips of different "
            "geometry; choose parts of one geometry with --pretrained_parts"
        )
    return {"geometry.yaml": yaml.safe_dump(geometry, sort_keys=False)}


def _diffusion_of(ldm: Mapping[str, Any] | None) -> Files:
    """Return latent scale and conditions of the diffusion model, if there is one."""
    if ldm is None:
        return {}
    unet = ldm.get("unet_conf") or {}
    files: Files = {"latent_scale": f"{ldm.get('latent_scale') or 1.0!r}\n"}
    files |= {"without_loa": ""} if unet.get("loa_dim") is None else {}
    files |= {"without_tokens": ""} if unet.get("tokens_dim") is None else {}
    return files | ({"film": ""} if unet.get("film_dim") is not None else {})


def _encoders_of(
    folder: Path, parts: Mapping[str, Any], elsewhere: Mapping[str, str]
) -> Files:
    """Return the folder or the name of each encoder that can be used."""
    files: Files = {}
    for name in ENCODERS:
        if any((folder / name / file).is_file() for file in TOKENIZERS):
            files[name] = f"{folder / name}\n"
        elif name in elsewhere:
            files[name] = elsewhere[name] + "\n"
        elif name in parts:
            logging.warning(
                "%s has no tokenizer; captions are encoded by the encoder of --%s "
                "(--pretrained_args '--%s_tokenizer FOLDER' adds a tokenizer)",
                folder / name,
                name,
                name.removesuffix("_encoder"),
            )
    return files


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    return parser


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Write the specification of the folder that the command line names.

    Args:
        cmd: Arguments; default: those of the command line.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    files = specification_of(args.folder)
    target = args.folder / "recipe"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for name, content in files.items():
        (target / name).parent.mkdir(exist_ok=True)
        data = content if isinstance(content, bytes) else content.encode()
        (target / name).write_bytes(data)


if __name__ == "__main__":
    main()
