"""Old names of config keys and options, with their present names.

Experiments, configs and command lines with an old name keep working; the new name is
logged. Only this file may contain words that the project does not use any more.
"""

import argparse
import logging
import sys
from collections.abc import Mapping, Sequence
from typing import Any

# part -> conf -> old key: new key
OLD_KEYS: dict[str, dict[str, dict[str, str]]] = {
    "audiomae": {"fbank_conf": {"deviation": "std"}},
    "vae": {"vae_conf": {"mel_deviation": "mel_std"}},
    "loa_lm": {
        "lm_conf": {
            "hears_own": "autoregressive",
            "patches_per_moment": "patches_per_step",
        },
        "model_conf": {"guide_weight": "guided_attention_weight"},
        "text_encoder_conf": {"wave_positions": "sinusoidal_positions"},
    },
    "ldm": {"unet_conf": {"overlay_dim": "loa_channels"}},
    "joint": {
        "model_conf": {"teach_through_roll_out": "backprop_through_generation"},
    },
}
# command -> old option or choice: new name
OLD_WORDS: dict[str, dict[str, str]] = {
    "bench": {
        "--peer": "--baseline",
        "--peer_dtype": "--baseline_dtype",
        "--memory_arms": "--memory_systems",
        "loa_rollout": "loa_generation",
    },
}


def with_new_names(part: str, config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a config with new names for old keys.

    Args:
        part: Part of the config.
        config: Contents of config.yaml, or options.

    Returns:
        A config with these values; the config itself if it has no old key.

    Raises:
        ValueError: If a key is given under its old and its new name.
    """
    renamed = {}
    for conf, table in OLD_KEYS.get(part, {}).items():
        values = config.get(conf)
        if isinstance(values, Mapping) and table.keys() & values.keys():
            renamed[conf] = _renamed(conf, values, table)
    config = {**config, **renamed} if renamed else config
    return _with_prefix_in_lm_conf(config) if part == "loa_lm" else config


def _with_prefix_in_lm_conf(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Move ``p_prefix`` of ``model_conf``; autoregressive models made no use of it."""
    model = config.get("model_conf")
    if not isinstance(model, Mapping) or "p_prefix" not in model:
        return config
    lm = dict(config.get("lm_conf") or {})
    if "p_prefix" in lm:
        raise ValueError("p_prefix is in lm_conf and in model_conf; keep it in lm_conf")
    if lm.get("autoregressive", True):
        logging.warning("model_conf: p_prefix has no effect on an autoregressive model")
    else:
        logging.warning("model_conf: p_prefix is now a key of lm_conf")
        lm["p_prefix"] = model["p_prefix"]
    model = {name: value for name, value in model.items() if name != "p_prefix"}
    return {**config, "lm_conf": lm, "model_conf": model}


def rename_options(part: str, args: argparse.Namespace) -> None:
    """Rename old keys of a task's options.

    Args:
        part: The part.
        args: Options, changed in place.
    """
    for name, value in with_new_names(part, vars(args)).items():
        setattr(args, name, value)


def with_new_words(command: str, cmd: Sequence[str] | None) -> list[str]:
    """Return a command line with new names for old options and choices.

    Args:
        command: Name of the command.
        cmd: Its arguments; those of the process if None.

    Returns:
        The arguments.
    """
    table = OLD_WORDS.get(command, {})
    words = list(sys.argv[1:] if cmd is None else cmd)
    for place, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in table:
            logging.warning("%s is now called %s", name, table[name])
            words[place] = f"{table[name]}{equals}{value}"
    return words


def _renamed(
    conf: str, values: Mapping[str, Any], table: Mapping[str, str]
) -> dict[str, Any]:
    """Return one conf with new names, in its order."""
    result = {}
    for key, value in values.items():
        new = table.get(key, key)
        if new != key:
            if new in values:
                raise ValueError(
                    f"{conf} has {key}: {value} and {new}: {values[new]}, which are "
                    f"one thing; keep {new}"
                )
            logging.warning("%s: %s is now called %s", conf, key, new)
        result[new] = value
    return result
