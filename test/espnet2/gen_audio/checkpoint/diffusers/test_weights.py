"""Weights in every form that a diffusers folder has."""

import json

import pytest
import torch
from safetensors.torch import save_file

from espnet2.gen_audio.checkpoint.diffusers.weights import read_weights

STATE = {"a": torch.ones(2), "b": torch.zeros(3)}


def same(state):
    return state.keys() == STATE.keys() and all(
        torch.equal(state[name], STATE[name]) for name in STATE
    )


@pytest.mark.parametrize(
    "name",
    [
        "diffusion_pytorch_model.safetensors",
        "model.safetensors",
        "model.fp16.safetensors",
        "pytorch_model.bin",
        "diffusion_pytorch_model.bin",
    ],
)
def test_one_file_of_any_name_is_read(tmp_path, name):
    save = save_file if name.endswith("safetensors") else torch.save
    save(STATE, tmp_path / name)
    assert same(read_weights(tmp_path))


def test_safe_files_and_full_precision_come_first(tmp_path):
    save_file(STATE, tmp_path / "model.safetensors")
    save_file({"a": torch.ones(1)}, tmp_path / "model.fp16.safetensors")
    torch.save({"a": torch.ones(1)}, tmp_path / "pytorch_model.bin")
    assert same(read_weights(tmp_path))


def test_several_files_are_read_by_their_index(tmp_path):
    places = {"a": "model-1-of-2.safetensors", "b": "model-2-of-2.safetensors"}
    for name, file in places.items():
        save_file({name: STATE[name]}, tmp_path / file)
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": places}))
    assert same(read_weights(tmp_path))
    (tmp_path / places["b"]).unlink()
    with pytest.raises(FileNotFoundError, match="2-of-2.safetensors does not exist"):
        read_weights(tmp_path)


def test_a_folder_without_weights_says_what_was_looked_for(tmp_path):
    with pytest.raises(FileNotFoundError, match="has no weights"):
        read_weights(tmp_path)


def test_a_pickle_is_not_executed(tmp_path):
    marker = tmp_path / "ran"

    class Trap:
        def __reduce__(self):
            return (open, (str(marker), "w"))

    torch.save({"a": Trap()}, tmp_path / "pytorch_model.bin")
    with pytest.raises(ValueError, match="never loaded"):
        read_weights(tmp_path)
    assert not marker.exists()
