"""Values of config files: rules, what agrees, what is named, refusals of one line."""

import json

import pytest

from espnet2.gen_audio.checkpoint.diffusers.config_file import (
    FLAG,
    ConfigFile,
    agree,
    changed_values,
    lists_of,
    number,
    one_of,
    shown,
    whole,
    whole_list,
)


@pytest.mark.parametrize(
    ("rule", "accepted", "refused"),
    [
        (FLAG, [True, False], [0, 1, None, "true"]),
        (whole(1, 8), [1, 8], [0, 9, True, 1.0, "1", 10**400, None]),
        (
            number(0.0, 1.0),
            [1e-9, 0.5],
            [0, 1, float("nan"), float("inf"), True, "0.1"],
        ),
        (one_of("a", "b"), ["a"], ["c", None, ["a"], {}]),
        (whole_list(2, 1, 4), [[1, 4]], [[1], [1, 5], [1, 2, 3], 1, "12", [1, "2"]]),
        (lists_of([1, 2], 1, 4), [[[1], [2, 3]]], [[[1], [2]], [[1, 2], [3]], [1, 2]]),
    ],
)
def test_a_rule_accepts_what_it_says_and_nothing_else(rule, accepted, refused):
    assert all(map(rule.holds, accepted))
    assert not any(map(rule.holds, refused))


def file_with(tmp_path, **values):
    (tmp_path / "config.json").write_text(json.dumps(values))
    return ConfigFile.read(tmp_path)


def test_a_value_that_is_not_stated_has_the_default(tmp_path):
    file = file_with(tmp_path, a=3)
    assert file.value("a", whole(1, 9), 5) == 3
    assert file.value("b", whole(1, 9), 5) == 5
    absent = ConfigFile.read(tmp_path / "none")
    assert not absent.is_there and absent.value("a", whole(1, 9), 5) == 5


def test_a_refusal_names_file_key_and_value_on_one_short_line(tmp_path):
    file = file_with(tmp_path, a="x\n" * 10_000)
    with pytest.raises(ValueError, match="config.json: a 'x.*whole number from 1 to 9"):
        file.value("a", whole(1, 9), 5)
    with pytest.raises(ValueError) as error:
        file.refuse_disagreement({"a": 1})
    assert "\n" not in str(error.value) and len(str(error.value)) < 400


def test_a_file_that_is_no_mapping_is_refused(tmp_path):
    (tmp_path / "config.json").write_text("[1, 2]")
    with pytest.raises(ValueError, match="config.json"):
        ConfigFile.read(tmp_path)


def test_another_name_of_a_key_is_taken_unless_both_differ(tmp_path):
    (tmp_path / "config.json").write_text('{"heads": 4}')
    assert ConfigFile.read(tmp_path, aliases={"heads": "n_head"}).stated["n_head"] == 4
    (tmp_path / "config.json").write_text('{"heads": 4, "n_head": 2}')
    with pytest.raises(ValueError, match="n_head is 2 and heads, another name"):
        ConfigFile.read(tmp_path, aliases={"heads": "n_head"})


@pytest.mark.parametrize(
    ("stated", "ours", "same"),
    [
        (2, [2, 2], True),
        ([2, 2], 2, True),
        ([2, 3], 2, False),
        ([2], [2, 2], False),
        (None, False, True),
        (True, 1, False),
        (1, True, False),
        ("swish", "silu", True),
        ("relu", "silu", False),
        ([[None, 3]] * 2, [[None, 3]] * 2, True),
        (1, 1.0, True),
        ({"a": 1}, 1, False),
    ],
)
def test_values_agree_where_the_library_reads_the_same(stated, ours, same):
    assert agree(stated, ours) is same


def test_what_is_not_stated_is_named_with_what_was_assumed(tmp_path):
    written = {"a": 1, "b": 2}
    assert file_with(tmp_path, a=1, b=2).note(written, ("a", "b")) == []
    (note,) = file_with(tmp_path, a=1).note(written, ("a", "b"))
    assert "does not state all settings; assumed: b 2" in note
    (note,) = ConfigFile.read(tmp_path / "none").note(written, ("a", "b"))
    assert "no none/config.json; assumed as published: a 1, b 2" in note


def test_only_values_other_than_the_usual_are_kept():
    assert changed_values({"a": 1, "b": 2}, {"a": 1, "b": 3}) == {"b": 2}


def test_values_are_shown_on_one_line():
    assert shown("a\nb") == "'a\\nb'"
    assert len(shown([list(range(100))] * 100)) < 500
