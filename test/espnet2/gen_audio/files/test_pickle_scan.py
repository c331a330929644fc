"""Pickles that ask for far more than their size are refused; those of torch are not."""

import io
import pickle
import zipfile

import numpy as np
import pytest
import torch

from espnet2.gen_audio.files.pickle_scan import scan_pickle

START, HUGE = b"\x80\x02}", (1 << 33).to_bytes(8, "little")
ENCODE, DICT = b"c_codecs\nencode\n", b"ccollections\nOrderedDict\n"


def text(letters):
    return b"X" + len(letters).to_bytes(4, "little") + letters


HEX, LATIN1 = text(b"hex"), text(b"latin1")


def doubled(times, build):
    """Return a value that holds itself twice, so many times over."""
    return b"N\x85" + times * build


HOSTILE = {
    "memo of 2^27": (
        START + b"r" + (1 << 27).to_bytes(4, "little"),
        "number 134217728",
    ),
    "memo, as text": (START + b"p134217728\n", "the number 134217728"),
    "memo below zero": (START + b"p-1\n", "the number -1"),
    "get from nowhere": (START + b"h\x05", "takes value 5"),
    "text of 8 GB": (b"\x80\x04\x8d" + HUGE, "states 8589934592 bytes"),
    "bytes of 8 GB": (b"\x80\x04\x8e" + HUGE, "states 8589934592 bytes"),
    "array of 8 GB": (b"\x80\x05\x96" + HUGE, "states 8589934592 bytes"),
    "integer of 1 GB": (START + b"\x8b\0\0\0\x40", "states 1073741824 bytes"),
    "key of 2^60 values": (START + doubled(60, b"2\x86") + b"Ns", "a key holds 3e.18"),
    "keys of 2^60": (START + b"(" + doubled(60, b"2\x86") + b"Nu", "a key holds 3e.18"),
    "set of it": (b"\x80\x04\x8f(" + doubled(60, b"2\x86") + b"\x90", "a key holds 3e"),
    "frozen set": (b"\x80\x04(" + doubled(60, b"2\x86") + b"\x91", "a key holds 3e.18"),
    "deep key": (START + b"N" + b"\x85" * 2000 + b"Ns", "a key holds 2e.03"),
    "many keys": (START + b"N" + b"\x85" * 900 + b"q\0Ns" + b"h\0Ns" * 500, "repeats"),
    "copies of a text": (
        START + text(b"x" * 99_000) + b"\x85q\0" + (DICT + b"h\0R") * 9,
        "repeats",
    ),
    "a text that doubles": (
        START + text(b"a") + 9 * (b"q\0" + ENCODE + b"h\0" + HEX + b"\x86R"),
        "encodes what is no text as latin1",
    ),
    "a result encoded": (
        START + ENCODE + ENCODE + text(b"a") + LATIN1 + b"\x86R" + LATIN1 + b"\x86R",
        "encodes what is no text as latin1",
    ),
    "tuples as keys": (
        START
        + b"".join(b"J" + n.to_bytes(4, "little") + b"\x85Ns" for n in range(1001)),
        "more than 1000 tuples as keys",
    ),
    "copies of a list": (
        START + b"](" + b"N" * 99_000 + b"e\x85q\0" + (b"cbuiltins\nset\nh\0R") * 9,
        "repeats",
    ),
    "sets": (b"\x80\x04" + b"\x8f" * 100_001, "more than 100000 sets"),
    "calls": (START + b"ccollections\nOrderedDict\nq\0" + b"h\0)R" * 100_001, "calls"),
    "equal hashes": (START + b"(" + (b"\x8a\x09" + b"\0" * 8 + b"\x10") * 1001, "wide"),
    "call of a list": (START + b"])R", "calls what is no function"),
    "no mark": (START + b"e", "finds no mark"),
    "empty stack": (b"\x80\x02a", "finds too few values"),
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_a_pickle_that_asks_for_too_much_is_refused(name):
    content, message = HOSTILE[name]
    with pytest.raises(ValueError, match=message):
        scan_pickle(io.BytesIO(content + b"."), len(content) + 1)


@pytest.mark.parametrize("length", [0, 1, 5, 20])
def test_a_cut_pickle_is_refused(length):
    content = pickle.dumps({"name": [1, 2.5, "text"]}, 2)
    with pytest.raises(ValueError):
        scan_pickle(io.BytesIO(content[:length]), length)


@pytest.mark.parametrize("protocol", range(6))
def test_plain_values_of_every_protocol_pass_and_their_end_is_found(protocol):
    shared = ("a", "b")
    value = {"n": [1, -(2**70), 2.5, None, True], "t": {shared: 1, "s": {3, 4}}}
    value["again"] = [shared] * 5
    content = pickle.dumps(value, protocol)
    stream = io.BytesIO(content + b"rest")
    scan = scan_pickle(stream, len(content) + 4)
    assert scan.length == len(content)


@pytest.mark.parametrize("protocol", [2, 4])
def test_a_checkpoint_with_its_optimiser_passes_and_its_names_are_seen(
    tmp_path, protocol
):
    model = torch.nn.Sequential(*(torch.nn.Linear(2, 2) for _ in range(20)))
    optimiser = torch.optim.AdamW(model.parameters())
    model(torch.ones(1, 2)).sum().backward()
    optimiser.step()
    state = {"model": model.state_dict(), "optimizers": [optimiser.state_dict()]}
    state |= {"epoch": np.float64(3), "random": np.random.default_rng(0)}
    torch.save(state, tmp_path / "a.pth", pickle_protocol=protocol)
    with zipfile.ZipFile(tmp_path / "a.pth") as archive:
        content = archive.read("a/data.pkl")
    scan = scan_pickle(io.BytesIO(content), len(content))
    assert scan.length == len(content)
    if protocol == 2:  # later ones name classes by texts on the stack
        assert "torch._utils _rebuild_tensor_v2" in scan.names


def test_a_header_holds_plain_values_only():
    flat = pickle.dumps({"little_endian": True, "type_sizes": {"int": 4}}, 2)
    assert scan_pickle(io.BytesIO(flat), len(flat), plain=True).length == len(flat)
    nested = pickle.dumps([(1, 2)], 2)
    with pytest.raises(ValueError, match="nests values"):
        scan_pickle(io.BytesIO(nested), len(nested), plain=True)
