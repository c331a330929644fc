"""The rule engine: exactly one rule a name, nothing lost, nothing twice."""

import re

import pytest
import torch

from espnet2.gen_audio.checkpoint.tables.renaming import (
    Piece,
    Rule,
    leave_out,
    matching,
    rename,
    rename_pieces,
    under,
    with_prefix,
)

TABLE = [
    Rule(r"in\.(\d+)\.weight", r"layers.\1.kernel"),
    Rule(r"flat", lambda match: "layers.flat", change=lambda t: t.flatten()),
    leave_out(r"mask\.\d+", "no weight"),
]


def test_names_follow_their_rule_and_tensors_their_change():
    one = torch.ones(2, 1)
    state = {"in.3.weight": one, "flat": one}
    net = rename(state, TABLE, "net")
    renamed, left_out = net.state, net.notes
    assert renamed["layers.3.kernel"] is one
    assert renamed["layers.flat"].shape == (2,)
    assert left_out == []


def test_what_is_left_out_is_told_with_number_and_reason():
    state = {f"mask.{n}": torch.ones(1) for n in range(3)}
    net = rename(state, TABLE, "net")
    renamed, left_out = net.state, net.notes
    assert renamed == {}
    assert left_out == ["mask.0 and 2 more: no weight"]


def test_a_name_without_a_rule_is_refused_with_its_shape():
    with pytest.raises(ValueError, match=r"net: tensor in.x.weight \(2, 3\) is not"):
        rename({"in.x.weight": torch.ones(2, 3)}, TABLE, "net")


def test_a_pattern_must_match_the_whole_name():
    assert not matching("in.3.weight.more", TABLE)
    assert not matching("more.in.3.weight", TABLE)


def test_a_name_with_two_rules_is_a_fault_of_the_table():
    twice = [*TABLE, Rule(r"in\..*", r"other")]
    with pytest.raises(ValueError, match="in.3.weight .* is matched by 2 rules"):
        rename({"in.3.weight": torch.ones(1)}, twice, "net")


def test_two_names_that_become_one_are_refused():
    same = [Rule(r"a|b", "c")]
    with pytest.raises(ValueError, match="tensors a and b would both become c"):
        rename({"a": torch.ones(1), "b": torch.ones(1)}, same, "net")


@pytest.mark.parametrize("arguments", [("a",), ("a", "b", "why")])
def test_a_rule_either_renames_or_says_why_not(arguments):
    with pytest.raises(ValueError, match="either a target, or the reason"):
        Rule(*arguments)


def test_prefixes_come_and_go():
    state = {"a.b": torch.ones(1), "c": torch.ones(1)}
    assert list(under(state, "a.")) == ["b"]
    assert list(with_prefix(under(state, "a."), "x.")) == ["x.b"]


def test_pieces_of_a_file_become_one_network_that_knows_their_names():
    first, second = torch.ones(1), torch.zeros(1)
    table = [Rule(r"w\.(\d)", r"ours.\1"), leave_out("junk", "not used")]
    pieces = [
        Piece({"w.0": first, "junk": first}, table, "model."),
        Piece({"v": second}, [Rule("v", "ours.v")], "other."),
    ]
    net = rename_pieces(pieces, "x.pth")
    assert net.state == {"ours.0": first, "ours.v": second}
    assert net.origins == {"ours.0": "model.w.0", "ours.v": "other.v"}
    assert net.notes == ["model.junk: not used"]


def test_an_unknown_name_is_refused_with_file_and_prefix():
    with pytest.raises(ValueError, match=r"x\.pth: tensor model\.z \(1,\)"):
        rename_pieces([Piece({"z": torch.ones(1)}, TABLE, "model.")], "x.pth")


def test_two_pieces_do_not_fill_one_name():
    pieces = [Piece({"flat": torch.ones(1)}, TABLE, place) for place in ("a.", "b.")]
    with pytest.raises(ValueError, match="a.flat and b.flat would both become"):
        rename_pieces(pieces, "x.pth")


def test_each_name_is_held_against_each_rule_once(monkeypatch):
    tried = []

    def noted(pattern, name):
        tried.append((pattern, name))
        return re.match(f"(?:{pattern})\\Z", name)

    monkeypatch.setattr(re, "fullmatch", noted)
    state = {"in.3.weight": torch.ones(1), "mask.1": torch.ones(1)}
    rename(state, TABLE, "net")
    assert len(tried) == len(set(tried)) == len(state) * len(TABLE)
