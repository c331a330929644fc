"""YAML of plain values: what is refused, and that repetition is bounded."""

import os

import pytest
import yaml

from espnet2.gen_audio.files import plain_yaml
from espnet2.gen_audio.files.plain_yaml import dump_yaml, load_yaml, read_yaml


def repeated(levels, width, merge):
    """Return a text whose every level names the one before it many times."""
    lines, sign = ["a0: &a0 {x: 1}"], "<<: " if merge else "v: "
    for level in range(1, levels + 1):
        names = ", ".join([f"*a{level - 1}"] * width)
        lines += [f"a{level}: &a{level}", f"  {sign}[{names}]"]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nb: [x, 2.5, null, true, 2026-01-31]\nc: {d: 'e'}",
        "a: &a {x: 1}\nb: {<<: *a, y: 2}\nc: [*a, *a]",
        "a: &a {x: 1}\nb: &b {<<: *a, x: 2}\nc: {<<: [*b, *a], x: 3}\n1: x\n'1': y",
        "a: [-3, +3, 0, 0x1F, 0b11, .5, 1., -1.5e-3, 2.0E+3, .inf, .nan, '1_0', 1:x]",
        "",
        "tokens:\n" + "- <blank>\n" * 100,
    ],
)
def test_plain_values_are_those_of_yaml(text):
    assert repr(load_yaml(text)) == repr(yaml.safe_load(text))


@pytest.mark.parametrize("merge", [True, False], ids=["merge", "list"])
def test_aliases_that_become_a_million_values_are_refused(merge):
    assert load_yaml(repeated(2, 10, merge))["a0"] == {"x": 1}
    with pytest.raises(ValueError, match="anchors .* repeat .* write them out"):
        load_yaml(repeated(8, 10, merge))


@pytest.mark.parametrize(
    "text, message",
    [
        ('a: !!int ""', "line 1: '' is no int"),
        ("b: 1\na: 2026-13-45", "line 2: '2026-13-45' is no timestamp"),
        ("a: !!bool x", "line 1: 'x' is no bool"),
        ("a: " + "9" * 5000, "line 1: '9{60}' is no int"),
        (f"{2**61 * 9}: 1", "line 1: '20752587082923245568' is no int"),
        ('"\\UFFFFFFFF"', "too large"),
        ("[" * 5000, "nested too deep"),
        ("a: &a [*a]", "holds itself"),
        ("a: !!python/object:os.system x", "could not determine a constructor"),
        ("? [a]\n: b", "unhashable key"),
        ("a: [", "while parsing"),
        ("a: 1\nb: {c: 1, 'c': 2}", "line 2: 'c' has two values"),
        ("a: x\nb: 1_0", "line 2: '1_0' is 10 in YAML; write .* a text in quotes"),
        ("a: 1:30", "line 1: '1:30' is 90 in YAML"),
        ("a: [1:30.5]", "line 1: '1:30.5' is 90.5 in YAML"),
        ("a: 010", "line 1: '010' is 8 in YAML"),
        ("1_0.5: b", "line 1: '1_0.5' is 10.5 in YAML"),
    ],
)
def test_what_is_no_plain_yaml_is_refused_in_one_line(tmp_path, text, message):
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=f"a.yaml is not plain YAML .*{message}") as no:
        read_yaml(path)
    assert "\n" not in str(no.value) and str(no.value).endswith("configuration file")


def test_a_pipe_a_huge_file_and_another_encoding_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="is a pipe"):
        read_yaml(tmp_path / "pipe")
    (tmp_path / "huge").touch()
    os.truncate(tmp_path / "huge", 5 << 20)
    with pytest.raises(ValueError, match="at most 4 MiB"):
        read_yaml(tmp_path / "huge")
    (tmp_path / "latin").write_bytes(b"a: \xe9")
    with pytest.raises(ValueError, match="latin is not plain YAML"):
        read_yaml(tmp_path / "latin")


def test_more_values_than_a_second_or_two_reads_are_refused(monkeypatch):
    monkeypatch.setattr(plain_yaml, "_MAX_VALUES", 30)
    assert load_yaml("- a: 1\n" * 9) == [{"a": 1}] * 9
    with pytest.raises(ValueError, match="more than 30 values; is it the right file"):
        load_yaml("- a: 1\n" * 10)


@pytest.mark.parametrize("word", ["1e-3", "12e4", "-.5E+3", "1.e3", "1e-5", "+7e1"])
def test_a_number_with_an_exponent_is_one_and_its_text_is_written_in_quotes(word):
    assert load_yaml(f"[{word}, {{a: {word}}}]") == [float(word), {"a": float(word)}]
    assert load_yaml(f"'{word}'") == word
    values = {"digest": word, "number": float(word), word: [word]}
    assert load_yaml(dump_yaml(values)) == values
