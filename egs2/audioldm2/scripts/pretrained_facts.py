#!/usr/bin/env python3
"""Write down what the stages have to know about a converted system, one file a fact.

FOLDER/recipe gets geometry.yaml and, where they apply, latent_scale (a number),
without_loa, without_tokens, film (empty files), g2p, cleaner, token_list (of a speech
model), sentence_encoder, tokens_encoder (folder or name), vocoder (griffin_lim), and
units/, which the models were trained with.
"""

import logging
import shutil
import sys
from pathlib import Path

import yaml
from phoneme_facts import phoneme_facts

from espnet2.gen_audio.checkpoint.experiment import read_config
from espnet2.gen_audio.checkpoint.system import ENCODERS, NETS, read_index
from espnet2.gen_audio.conditioner.units import UNITS_FILE, TextUnits
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.recipe.command import one_line_errors, setup_logging

TOKENIZERS = (
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.json",
    "vocab.txt",
    "spiece.model",
)


def facts_of(folder: Path) -> dict[str, str | bytes]:
    """Return contents by file name.

    Args:
        folder: A converted system.

    Returns:
        What the recipe has to know.

    Raises:
        ValueError: If the parts are made for clips of different form.
    """
    index = read_index(folder)
    configs = {n: read_config(folder / n) for n in NETS if n in index["parts"]}
    geometries = {
        name: ClipGeometry.from_dict(config["geometry_conf"]).to_dict()
        for name, config in configs.items()
    }
    facts: dict[str, str | bytes] = {}
    if geometries:
        first, geometry = next(iter(geometries.items()))
        other = [name for name in geometries if geometries[name] != geometry]
        if other:
            raise ValueError(
                f"{first} and {other[0]} of {folder} are made for clips of different "
                "geometry; take parts that fit with --pretrained_parts"
            )
        facts["geometry.yaml"] = yaml.safe_dump(geometry, sort_keys=False)
    ldm = configs.get("ldm", {})
    unet = ldm.get("unet_conf", {})
    if ldm:
        facts["latent_scale"] = f"{ldm.get('latent_scale') or 1.0!r}\n"
        facts |= {"without_loa": ""} if unet.get("loa_dim") is None else {}
        facts |= {"without_tokens": ""} if unet.get("tokens_dim") is None else {}
        facts |= {"film": ""} if unet.get("film_dim") is not None else {}
    facts |= phoneme_facts(configs.get("loa_lm", {}), folder / "recipe")
    for config in configs.values():
        if config.get("text_encoder") == "units":
            units = TextUnits.from_text(config["units_model"])
            facts[f"units/{UNITS_FILE}"] = units.model
            facts["units/tokens.txt"] = "\n".join(units.pieces()) + "\n"
    elsewhere = index.get("elsewhere") or {}
    if "vocoder" in elsewhere:
        facts["vocoder"] = elsewhere["vocoder"] + "\n"
    for name in ENCODERS:
        if any((folder / name / file).is_file() for file in TOKENIZERS):
            facts[name] = f"{folder / name}\n"
        elif name in elsewhere:
            facts[name] = elsewhere[name] + "\n"
        elif name in index["parts"]:
            logging.warning(
                "%s has no tokenizer; captions are encoded by what --%s names "
                "(--pretrained_args '--%s_tokenizer FOLDER' would give it one)",
                folder / name,
                name,
                name.removesuffix("_encoder"),
            )
    return facts


@one_line_errors()
def main() -> None:
    """Write the facts of the folder that the command line names."""
    setup_logging()
    folder = Path(sys.argv[1])
    facts = facts_of(folder)
    target = folder / "recipe"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for name, content in facts.items():
        (target / name).parent.mkdir(exist_ok=True)
        data = content if isinstance(content, bytes) else content.encode()
        (target / name).write_bytes(data)


if __name__ == "__main__":
    main()
