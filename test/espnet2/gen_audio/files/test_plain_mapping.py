"""Values of options are data: what is taken, what is refused, and that nothing runs."""

import pytest

from espnet2.gen_audio.files.plain_mapping import changed_mapping, refuse_text_numbers


@pytest.mark.parametrize(
    "before, word, after",
    [
        ({}, "lr=0.1", {"lr": 0.1}),
        ({"a": 1}, "a.b=[1, x]", {"a": {"b": [1, "x"]}}),
        ({"a": {"b": 1}}, "a.c={d: true}", {"a": {"b": 1, "c": {"d": True}}}),
        ({"a": 1, "b": 2}, "{a: {c: 3}}", {"a": {"c": 3}, "b": 2}),
        (None, "{'a': None, 'b': (0.9, 1.0e-3)}", {"a": None, "b": (0.9, 0.001)}),
        ({}, "name=", {"name": ""}),
        ({}, "name=a=b", {"name": "a=b"}),
        ({}, "{'x': 'a=b'}", {"x": "a=b"}),
        ({}, "layers=0x10", {"layers": 16}),
        ({}, "{'a': 0x10, 'b': -.5, 'c': 2.}", {"a": 16, "b": -0.5, "c": 2.0}),
        ({}, "a=.inf", {"a": float("inf")}),
        ({}, "lr=1e-3", {"lr": 0.001}),
        ({"a": 1}, "a=[-1E5, +2.e+3, {b: .5e3}]", {"a": [-1e5, 2e3, {"b": 500.0}]}),
        ({}, "{'a': 1e-3, 'b': (0.9, .5E+3)}", {"a": 0.001, "b": (0.9, 500.0)}),
        ({}, "{a: 1e-3, b: 1e-3 m, c: e5}", {"a": 0.001, "b": "1e-3 m", "c": "e5"}),
        (
            {},
            "{'a': 1 + 1, 'b': b'', 'c': {1}}",
            {"a": "1 + 1", "b": "b''", "c": {1: None}},
        ),
        ({}, "{'a': open('x')}", {"a": "open('x')"}),
    ],
)
def test_a_word_changes_a_copy_of_the_mapping(before, word, after):
    kept = repr(before)
    assert changed_mapping(before, word) == after
    assert repr(before) == kept


@pytest.mark.parametrize(
    "word, message",
    [
        ("__import__('os').system('touch MARK')", "give name=VALUE"),
        ("a=!!python/object/apply:os.system ['touch MARK']", "could not determine"),
        ("{a: !!python/object/apply:os.system ['touch MARK']}", "could not determine"),
        ("[1, 2]", "give name=VALUE or {name: VALUE}"),
        ("word", "give name=VALUE or {name: VALUE}"),
        ("=1", "a name is missing before '='"),
        ("a..b=1", "a name is missing before '='"),
        ("a=1_0", "'1_0' is 10 in YAML"),
        ("a=1:30", "'1:30' is 90 in YAML"),
        ("{'a': 1_0}", "'1_0' is 10 in YAML"),
        ("a='1e-3'", "1e-3 is a text in quotes; write the number without"),
        ("{'a': (0.9, '1e-3')}", "1e-3 is a text in quotes; write the number"),
        ("{'a': 1_0e3}", "1_0e3 is '1_0e3' in YAML; write it as there"),
        ("a=0o17", "0o17 is a text in YAML; write 15"),
        ("{'a': -0o17}", "0o17 is a text in YAML; write 15"),
        ("a=1e999", "'1e999' is larger than all numbers"),
        ("{'a': [1, 1e999]}", "'1e999' is larger than all numbers"),
        ("a=1.0e+999", "'1.0e+999' is larger than all numbers"),
        ("{'a': -1.0e+999}", "'1.0e+999' is larger than all numbers"),
        ("{'a': 1, 'a': 2}", "'a' has two values"),
        ("{'a': set()}", "set() is a set; give a list"),
        ("{'a': (1, {2})}", "{2} is a set; give a list"),
        ("{'a': b''}", "b'' is no plain value"),
        ("{'a': 2j}", "2j is no plain value"),
        ("{'a': 36893488147419103232}", "'36893488147419103232' is no int"),
        ("a=[", "while parsing"),
        ("{" * 5000, "nested too deep"),
    ],
)
def test_another_word_is_refused_and_not_run(tmp_path, monkeypatch, word, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError) as caught:
        changed_mapping({}, word)
    assert message in str(caught.value) and "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_numbers_in_quotes_are_found_at_any_depth():
    refuse_text_numbers({"a": [1e-3, {"b": "1e-3 m"}], "c": "e5"})
    with pytest.raises(ValueError, match="2E5 is a text in quotes; write the number"):
        refuse_text_numbers({"a": [1, {"b": ("x", "2E5")}]})
