"""Names in a config resolve among registered classes only."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from espnet2.train.class_choices import ClassChoices

from espnet2.gen_audio.choices import build_chosen, chosen_class, refuse_misfits
from espnet2.gen_audio.diffusion.backbone.choices import backbone_choices
from espnet2.gen_audio.diffusion.process.choices import process_choices
from espnet2.gen_audio.diffusion.published_conditions import unet_arguments
from espnet2.gen_audio.loa_lm.choices import head_choices
from espnet2.gen_audio.old_names import with_new_names
from espnet2.gen_audio.vae.choices import vae_choices
from espnet2.gen_audio.vocoder.choices import vocoder_choices

CONF = Path(__file__).resolve().parents[3] / "egs2" / "audioldm2" / "conf"


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
    ],
)
def test_a_value_of_another_type_than_stated_is_refused_by_name(name, value, wanted):
    with pytest.raises(ValueError) as refusal:
        refuse_misfits(takes, {name: value}, "net_conf")
    assert str(refusal.value) == f"net_conf, {name}: got {str(value)!r}; give {wanted}"


def test_values_of_the_stated_types_and_those_of_other_types_pass():
    given = {"n": -3, "x": 2, "on": False, "word": "w", "some": 4, "pair": [1, 2.5]}
    given |= {"many": [1, 2], "nested": [[1], (2, 3)], "any": object(), "unknown": 1}
    refuse_misfits(takes, given, "net_conf")
    refuse_misfits(takes, {"some": None}, "net_conf")
    for given in (5, [1], "n=1"):
        with pytest.raises(ValueError, match="net_conf: got .*; give values by name"):
            refuse_misfits(takes, given, "net_conf")


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
