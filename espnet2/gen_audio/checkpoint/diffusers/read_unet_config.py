"""Values of unet/config.json that tensors do not determine."""

from collections.abc import Mapping
from typing import Any

from espnet2.gen_audio.checkpoint.assembly.sizes import UNET_HEAD
from espnet2.gen_audio.checkpoint.diffusers.config_file import (
    FLAG,
    LARGEST,
    ConfigFile,
    Settings,
    agree,
    changed_values,
    number,
    one_of,
    whole,
    whole_list,
)
from espnet2.gen_audio.checkpoint.diffusers.read_net_configs import norm_num_groups

ACTIVATIONS = ("silu", "swish", "mish", "gelu", "relu")


def unet_settings(
    file: ConfigFile, conf: Mapping[str, Any]
) -> tuple[Settings, list[str]]:
    """Return the entries of ``unet_conf`` that unet/config.json determines.

    Args:
        file: The file.
        conf: ``unet_conf`` inferred from the tensors.

    Returns:
        Values other than the defaults, and notes.

    Raises:
        ValueError: If a value cannot be used.
    """
    usual = {
        "norm_num_groups": 32,
        "norm_eps": 1e-5,
        "act_fn": "silu",
        "flip_sin_to_cos": True,
        "freq_shift": 0,
    }
    rules = {
        "norm_eps": number(0.0, 1.0),
        "act_fn": one_of(*ACTIVATIONS),
        "flip_sin_to_cos": FLAG,
        "freq_shift": whole(0, conf["channels"][0] // 2 - 1),
    }
    given = {key: file.value(key, rule, usual[key]) for key, rule in rules.items()}
    given["norm_num_groups"] = norm_num_groups(file, conf["channels"])
    if given["act_fn"] == "swish":
        given["act_fn"] = "silu"
    heads, notes = _heads(file, conf)
    return {**heads, **changed_values(given, usual)}, notes


def has_published_heads(file: ConfigFile, conf: Mapping[str, Any]) -> bool:
    """Tell whether a folder states the wrong heads of the published folders.

    Args:
        file: unet/config.json.
        conf: ``unet_conf`` inferred from the tensors.

    Returns:
        True for 8 heads at every level and exactly the sizes of full and music, large
        or speech.
    """
    heads = file.stated.get("attention_head_dim", 8)
    if not file.is_there or not agree([8, 8, 8, 8], heads):
        return False
    sizes = {
        "latent_channels": 8,
        "channels": [128, 256, 384, 640],
        "layers_per_block": 2,
        "attention": [False, True, True, True],
        "loa_dim": 768,
    }
    if any(conf[key] != value for key, value in sizes.items()) or "film_dim" in conf:
        return False
    rest = conf["tokens_dim"], conf["extra_self_attention"], conf["transformer_depth"]
    return rest in ((1024, False, 1), (1024, True, 2), (None, False, 1))


def _heads(file: ConfigFile, conf: Mapping[str, Any]) -> tuple[Settings, list[str]]:
    """Return the heads of the levels; diffusers' key states their number."""
    widths, key = conf["channels"], "attention_head_dim"
    heads = _stated_heads(file, key, len(widths))
    if not file.is_there:
        return {}, []
    if has_published_heads(file, conf):
        return {}, [
            f"unet: heads of {UNET_HEAD} features, and not the 8 heads of config.json, "
            "which are wrong in published folders (recognised by their exact sizes)"
        ]
    if not _divide(conf, heads):
        if key in file.stated:
            raise file.refusal(key, f"divisors of the widths {list(widths)}")
        return {}, []
    sizes = {width / count for width, count in zip(widths, heads)}
    if len(sizes) > 1 or not min(sizes).is_integer():
        return {"heads": heads}, []
    return changed_values({"head_dim": int(min(sizes))}, {"head_dim": UNET_HEAD}), []


def _stated_heads(file: ConfigFile, key: str, levels: int) -> list[int]:
    """Return the stated number of each level; a single number is for all levels."""
    if isinstance(file.stated.get(key), list):
        return file.value(key, whole_list(levels, 1, LARGEST), None)
    return [file.value(key, whole(1, LARGEST), 8)] * levels


def _divide(conf: Mapping[str, Any], heads: list[int]) -> bool:
    """Tell whether heads divide the widths of the levels that have any."""
    attends = [*conf["attention"][:-1], True]  # middle block: width of the last level
    levels = zip(conf["channels"], heads, attends)
    return all(width % count == 0 for width, count, on in levels if on)
