"""Names in a config resolve among registered classes only."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import torch
import yaml
from espnet2.train.class_choices import ClassChoices

from espnet2.gen_audio.choices import build_chosen, chosen_class, refuse_misfits
from espnet2.gen_audio.diffusion.backbone.choices import backbone_choices
from espnet2.gen_audio.diffusion.process.choices import process_choices
from espnet2.gen_audio.diffusion.published_conditions import unet_arguments
from espnet2.gen_audio.files.plain_yaml import read_yaml
from espnet2.gen_audio.loa_lm.choices import head_choices
from espnet2.gen_audio.old_names import with_new_names
from espnet2.gen_audio.parts import PARTS
from espnet2.gen_audio.vae.choices import vae_choices
from espnet2.gen_audio.vocoder.choices import vocoder_choices

CONF = Path(__file__).resolve().parents[3] / "egs2" / "audioldm2" / "conf"
MINI = CONF / "mini"


class Small:
    def __init__(self, width, depth=1):
        self.size = width, depth


class Large(Small):
    pass


CHOICES = ClassChoices("net", {"small": Small, "large": Large}, default="small")


def test_a_config_names_a_class_or_gets_the_default():
    assert chosen_class(CHOICES, {"net": "large"}) is Large
    for config in ({}, {"net": None}):
        assert chosen_class(CHOICES, config) is Small


@pytest.mark.parametrize(
    "name", ["os.system", "os:system", "Small", 5, ["small"], {1: 2}]
)
def test_any_other_name_is_refused_with_those_that_are_accepted(name):
    with pytest.raises(ValueError) as refusal:
        chosen_class(CHOICES, {"net": name})
    assert str(refusal.value) == f"net {name!r} is unknown; use small, large"


def test_the_conf_of_the_same_name_are_the_arguments():
    config = {"net": "large", "net_conf": {"depth": 3}}
    assert build_chosen(CHOICES, config, 2).size == (2, 3)
    assert build_chosen(CHOICES, config, 2, conf={}).size == (2, 1)
    with pytest.raises(ValueError, match="net_conf does not fit Small.*'wide'"):
        build_chosen(CHOICES, {"net_conf": {"wide": 3}}, 2)


def takes(
    n: int = 1,
    x: float = 1.0,
    on: bool = True,
    word: str = "",
    some: int | None = None,
    pair: tuple[float, float] = (0.0, 1.0),
    many: Sequence[int] = (),
    nested: tuple[tuple[int, ...], ...] = (),
    sizes: Mapping[str, int] | None = None,
    any=None,
):
    """Take values of all plain types."""


@pytest.mark.parametrize(
    "name, value, wanted",
    [
        ("n", 2.5, "a whole number"),
        ("n", True, "a whole number"),
        ("n", "4", "a whole number"),
        ("n", None, "a whole number"),
        ("x", "1e-3", "a number"),
        ("x", float("nan"), "a number"),
        ("x", float("inf"), "a number"),
        ("x", False, "a number"),
        ("on", "false", "true or false"),
        ("on", 0, "true or false"),
        ("word", 5, "a text"),
        ("some", "none", "a whole number or null"),
        ("pair", 5, "a list of 2 values"),
        ("pair", [1], "a list of 2 values"),
        ("pair", [1, "b"], "a list of 2 values, each a number"),
        ("many", [1, 2.5], "a list of values, each a whole number"),
        ("nested", [[1], 2], "a list of values, each a list of values"),
        ("sizes", [1], "values by name or null"),
        ("sizes", {"a": 1, "b": "2"}, "values by name, each a whole number or null"),
    ],
)
def test_a_value_of_another_type_than_stated_is_refused_by_name(name, value, wanted):
    with pytest.raises(ValueError) as refusal:
        refuse_misfits(takes, {name: value}, "net_conf")
    assert str(refusal.value) == f"net_conf, {name}: got {str(value)!r}; give {wanted}"


def test_values_of_the_stated_types_and_those_of_other_types_pass():
    given = {"n": -3, "x": 2, "on": False, "word": "w", "some": 4, "pair": [1, 2.5]}
    given |= {"many": [1, 2], "nested": [[1], (2, 3)], "any": object(), "unknown": 1}
    given |= {"sizes": {"a": 1}}
    refuse_misfits(takes, given, "net_conf")
    refuse_misfits(takes, {"some": None}, "net_conf")
    for given in (5, [1], "n=1"):
        with pytest.raises(ValueError, match="net_conf: got .*; give values by name"):
            refuse_misfits(takes, given, "net_conf")


def build(part, **confs):
    """Build a part of the default system with other values in its config."""
    name = {"joint": "ldm", "ldm_student": "ldm"}.get(part, part)
    config = read_yaml(MINI / f"train_{name}.yaml") | {"part": name}
    config["geometry_conf"] = read_yaml(MINI / "geometry.yaml")
    if part != name:
        config = {"part": part, "ldm_conf": config}
    if part == "joint":
        lm = read_yaml(MINI / "train_loa_lm.yaml")
        lm["lm_conf"]["condition_dims"] = {"sentence": 8}
        geometry = config["ldm_conf"]["geometry_conf"]
        config["loa_lm_conf"] = lm | {"geometry_conf": geometry}
    if part == "loa_lm":
        config["lm_conf"]["condition_dims"] = {"sentence": 8}
    with torch.device("meta"):
        PARTS[part].build(config | confs)


@pytest.mark.parametrize(
    "part, key, name, value, wanted",
    [
        ("audiomae", "model_conf", "mask_ratio", "0.8", "a number"),
        ("audiomae", "encoder_conf", "width", 64.5, "a whole number"),
        ("audiomae", "decoder_conf", "kind", 1, "a text"),
        ("audiomae", "fbank_conf", "mean", [1], "a number"),
        ("vocoder", "loss_conf", "mel_weight", True, "a number"),
        ("loa_lm", "model_conf", "cpu_bfloat16", "false", "true or false"),
        ("loa_lm", "lm_conf", "dropout", "0.1", "a number"),
        ("loa_lm", "lm_conf", "autoregressive", "false", "true or false"),
        ("ldm", "model_conf", "ema_ramp", "false", "true or false"),
        ("ldm", "model_conf", "valid_draws", 2.5, "a whole number"),
        ("ldm", "conditions_conf", "cfg_per_batch", "no", "true or false"),
        ("ldm", "conditions_conf", "p_drop_loa", "0.1", "a number or null"),
        ("ldm", "unet_conf", "loa_dim", "768", "a whole number"),
        ("ldm", "alignment_conf", "until", None, "a number"),
        ("joint", "model_conf", "backprop_through_generation", 1, "true or false"),
        ("joint", "model_conf", "lm_weight", None, "a number"),
        ("ldm_student", "model_conf", "passes", [1, 2.5], "a list of values, each"),
        ("ldm_student", "model_conf", "valid_steps", "25", "a whole number"),
    ],
)
def test_each_part_refuses_values_of_another_type(part, key, name, value, wanted):
    with pytest.raises(ValueError) as refusal:
        build(part, **{key: {name: value}})
    assert f"{key}, {name}: got {str(value)!r}; give {wanted}" in str(refusal.value)


@pytest.mark.parametrize(
    "part, key, values, message",
    [
        ("audiomae", "encoder_conf", {"heads": 0}, "ZeroDivisionError.*'heads': 0"),
        ("loa_lm", "lm_conf", {"vocab_size": -1}, "negative dimension.*-1"),
        ("loa_lm", "lm_conf", {"activation": "x"}, "KeyError.*'activation': 'x'"),
    ],
)
def test_what_a_library_refuses_is_named_with_its_values(part, key, values, message):
    sizes = {"width": 8, "layers": 3, "heads": 1} | values
    if part == "loa_lm":
        sizes["condition_dims"] = {"sentence": 8}
    with pytest.raises(ValueError, match=f"{key} does not fit .*{message}"):
        build(part, **{key: sizes})


def test_every_config_of_the_recipe_has_values_of_the_stated_types():
    tables = backbone_choices, process_choices, head_choices, vae_choices
    checked = set()
    for path in sorted(CONF.rglob("train_*.yaml")):
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
        for table in (*tables, vocoder_choices):
            conf = config.get(f"{table.name}_conf") or {}
            if table is backbone_choices and "ldm" in path.stem:
                conf = unet_arguments(with_new_names("ldm", config)) | conf
            if conf:
                refuse_misfits(chosen_class(table, config), conf, str(path))
                checked.add(table.name)
    assert checked >= {"backbone", "vae", "vocoder"}
