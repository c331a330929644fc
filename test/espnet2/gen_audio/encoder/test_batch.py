"""Conditions are read from a batch by name, or made by the model's text encoder."""

import pytest
import torch

from espnet2.gen_audio.encoder.batch import read_condition, refuse_padding
from espnet2.gen_audio.encoder.caption_unit_encoder import TextUnitEncoder


def test_stored_states_become_a_condition_with_their_lengths():
    batch = {"melody": torch.randn(2, 3, 4), "melody_lengths": torch.tensor([3, 1])}
    read = read_condition("melody", batch)
    assert torch.equal(read.embedding, batch["melody"])
    assert read.lengths.tolist() == [3, 1]
    batch.pop("melody_lengths")
    assert read_condition("melody", batch).lengths.tolist() == [3, 3]


def test_the_encoders_condition_is_made_from_its_ids_and_others_are_not():
    encoder = TextUnitEncoder(9, width=4, layers=1, heads=1).eval()
    ids, lengths = torch.tensor([[3, 1]]), torch.tensor([2])
    batch = {"caption": ids, "caption_lengths": lengths, "melody": torch.ones(1, 1, 2)}
    made = read_condition("tokens", batch, encoder)
    torch.testing.assert_close(made.embedding, encoder(ids, lengths).embedding)
    assert torch.equal(
        read_condition("melody", batch, encoder).embedding, batch["melody"]
    )


def test_missing_data_are_named():
    with pytest.raises(ValueError, match="named 'melody'.*got .'loa'.*give it"):
        read_condition("melody", {"loa": None})


def test_a_clip_shorter_than_its_batch_is_named():
    data = torch.zeros(2, 3, 1)
    refuse_padding("loa", data, torch.tensor([3, 3]), None)
    refuse_padding("loa", data, None, None)
    with pytest.raises(ValueError, match=r"loa of \['b'\] is shorter.* 3 rows"):
        refuse_padding("loa", data, torch.tensor([3, 2]), ["a", "b"])
    with pytest.raises(ValueError, match=r"clips \[0\] of the batch"):
        refuse_padding("loa", data, torch.tensor([2, 3]), None)
