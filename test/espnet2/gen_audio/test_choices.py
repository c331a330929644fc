"""Names in a config resolve among registered classes only."""

import pytest
from espnet2.train.class_choices import ClassChoices

from espnet2.gen_audio.choices import build_chosen, chosen_class


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


@pytest.mark.parametrize("name", ["os.system", "os:system", "Small"])
def test_any_other_name_is_refused_with_those_that_are_accepted(name):
    with pytest.raises(ValueError, match=f"net '{name}' is unknown; use small, large"):
        chosen_class(CHOICES, {"net": name})


def test_the_conf_of_the_same_name_are_the_arguments():
    config = {"net": "large", "net_conf": {"depth": 3}}
    assert build_chosen(CHOICES, config, 2).size == (2, 3)
    assert build_chosen(CHOICES, config, 2, conf={}).size == (2, 1)
    with pytest.raises(ValueError, match="net_conf does not fit Small.*'wide'"):
        build_chosen(CHOICES, {"net_conf": {"wide": 3}}, 2)
