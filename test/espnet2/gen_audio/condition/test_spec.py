"""Specs of conditions: what a config may say, and what is refused."""

import pytest

from espnet2.gen_audio.condition.spec import (
    ZEROS,
    ConditionSpec,
    Role,
    sequence_specs,
    widths_of,
    with_role,
)


def spec(**values):
    return ConditionSpec.from_dict("melody", {"width": 2, "role": "channels", **values})


def test_a_config_needs_width_and_role_only():
    made = spec()
    assert made == ConditionSpec("melody", 2, (Role.CHANNELS,), ZEROS, 0.0, False, None)
    assert made.num_channels == 2 and spec(channels=5).num_channels == 5
    assert spec(role="embedding").num_channels == 0


def test_a_condition_may_have_several_roles_and_a_matrix_as_null():
    made = spec(
        role=["cross_attention", "channels"], null=[[1, 2], [3, 4]], p_drop=None
    )
    assert made.roles == (Role.CROSS_ATTENTION, Role.CHANNELS)
    assert made.null == ((1.0, 2.0), (3.0, 4.0)) and made.p_drop is None
    assert hash(made) == hash(made)


def test_specs_are_found_by_role_in_their_order():
    one, two = spec(), ConditionSpec("text", 7, (Role.CROSS_ATTENTION,))
    assert with_role([two, one], Role.CHANNELS) == [one]
    assert list(widths_of([two, one]).items()) == [("text", 7), ("melody", 2)]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"role": "beside"}, "role 'beside' is unknown; use sequence"),
        ({"role": []}, "has no role"),
        ({"width": 0}, "width 0"),
        ({"channels": 0}, "channels 0"),
        ({"role": "embedding", "channels": 3}, "channels 3 belongs to the role"),
        ({"p_drop": 1.5}, "p_drop 1.5"),
        ({"null": "mean"}, "null 'mean' is unknown; use zeros"),
        ({"null": [[1.0]]}, r"rows of \[1\] numbers.*width 2"),
        ({"null": [[1.0, float("nan")]]}, "finite"),
        ({"null": [[1.0, {"a": 1}]]}, "no list of rows of numbers"),
        ({"width": "4"}, "condition melody, width: got '4'; give a whole number"),
        ({"p_drop": "x"}, "p_drop: got 'x'; give a number or null"),
        ({"size": 3}, "keys .*'size'.*width and role are needed"),
    ],
)
def test_values_that_do_not_fit_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        spec(**values)


def test_values_without_names_are_refused():
    with pytest.raises(ValueError, match="condition loa: got '5'; give values by name"):
        ConditionSpec.from_dict("loa", 5)


def test_conditions_of_a_sequence_keep_their_order_and_are_never_dropped():
    specs = sequence_specs({"sentence": 3, "tokens": 5})
    assert widths_of(specs) == {"sentence": 3, "tokens": 5}
    assert [spec.name for spec in with_role(specs, Role.SEQUENCE)] == list(
        widths_of(specs)
    )
    assert all(spec.p_drop is None for spec in specs)


def test_a_name_that_cannot_name_data_is_refused():
    with pytest.raises(ValueError, match="'a b'"):
        ConditionSpec.from_dict("a b", {"width": 1, "role": "channels"})
    with pytest.raises(ValueError, match="width and role are needed"):
        ConditionSpec.from_dict("a", {"role": "channels"})
