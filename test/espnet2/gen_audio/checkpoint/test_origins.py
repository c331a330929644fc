"""Renaming keeps in mind what the file called each tensor."""

import pytest
import torch

from espnet2.gen_audio.checkpoint.names import Rule, leave_out
from espnet2.gen_audio.checkpoint.origins import rename_pieces

TABLE = [Rule(r"w\.(\d)", r"ours.\1"), leave_out("junk", "not used")]


def test_pieces_of_a_file_become_one_network_that_knows_their_names():
    first, second = torch.ones(1), torch.zeros(1)
    pieces = [
        ("model.", {"w.0": first, "junk": first}, TABLE),
        ("other.", {"v": second}, [Rule("v", "ours.v")]),
    ]
    net = rename_pieces(pieces, "x.pth")
    assert net.state == {"ours.0": first, "ours.v": second}
    assert net.origins == {"ours.0": "model.w.0", "ours.v": "other.v"}
    assert net.notes == ["model.junk: not used"]


def test_an_unknown_name_is_refused_with_file_and_prefix():
    with pytest.raises(ValueError, match=r"x\.pth: tensor model\.z \(1,\)"):
        rename_pieces([("model.", {"z": torch.ones(1)}, TABLE)], "x.pth")
