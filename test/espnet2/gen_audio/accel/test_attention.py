"""Attention by C code: torch's numbers, and torch's operation where it can't run."""

import subprocess
import sys

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from espnet2.gen_audio.accel import attention, native
from espnet2.gen_audio.accel.attention import attend

compiles = pytest.mark.skipif(
    native.library("attention.c", FEATURES=32) is None,
    reason="no C compiler, or torch without OpenMP",
)


@pytest.fixture(autouse=True)
def no_gradients():
    torch.manual_seed(0)
    with torch.no_grad():
        yield


def given(rows, queries, keys, features):
    """Return queries, keys and values with peaked and flat scores."""
    return [torch.randn(rows, n, features) * 2 for n in (queries, keys, keys)]


def plain(query, key, value, heads, mask=None):
    heads_apart = (
        each.double().unflatten(2, (heads, -1)).transpose(1, 2)
        for each in (query, key, value)
    )
    made = scaled_dot_product_attention(*heads_apart, mask)
    return made.transpose(1, 2).flatten(2)


@pytest.fixture
def calls(monkeypatch):
    """Return a list that grows whenever the C code is called."""
    calls, real = [], attention.OPERATOR
    monkeypatch.setattr(
        attention, "OPERATOR", lambda *given: calls.append(1) or real(*given)
    )
    return calls


@compiles
@pytest.mark.parametrize("size", attention.FEATURES)
@pytest.mark.parametrize(
    "rows, queries, keys", [(1, 1, 1), (2, 7, 5), (1, 64, 47), (3, 33, 49), (1, 8, 300)]
)
def test_the_numbers_are_those_of_torch(calls, size, rows, queries, keys):
    made = given(rows, queries, keys, 3 * size)
    wanted = plain(*made, heads=3)
    got = attend(*made, heads=3)
    assert calls and got.shape == wanted.shape
    assert (got - wanted).abs().max() <= 2e-6 * wanted.abs().max()


@compiles
def test_scores_too_far_apart_for_their_powers_give_the_value_of_the_largest(calls):
    query, key, value = given(1, 8, 40, 32)
    query[:] = key[:, :1] * 100
    key[:, 1:] = -key[:, 1:].abs() * key[:, :1].sign()
    got = attend(query, key, value, heads=1)
    assert calls and torch.equal(got, value[:, :1].expand_as(got))


@compiles
def test_keys_that_are_equal_give_the_mean_of_the_values(calls):
    query, key, value = given(1, 9, 50, 32)
    got = attend(query, key[:, :1].expand_as(key), value, heads=1)
    wanted = value.double().mean(1, keepdim=True).expand_as(got)
    assert calls
    torch.testing.assert_close(got.double(), wanted, rtol=1e-5, atol=1e-6)


@compiles
def test_parts_of_joined_states_and_single_rows_need_no_copy(calls):
    joined = torch.randn(2, 20, 3 * 64)
    parts = joined.split(64, dim=2)
    wanted = attend(*(each.contiguous() for each in parts), heads=2)
    assert torch.equal(attend(*parts, heads=2), wanted)
    rows = [attend(*(each[n:][:1] for each in parts), heads=2) for n in range(2)]
    assert torch.equal(torch.cat(rows), wanted) and len(calls) == 4


@compiles
def test_the_number_of_threads_changes_no_bit(calls):
    made, threads = given(2, 30, 70, 96), torch.get_num_threads()
    results = []
    try:
        for number in (1, 2, 5):
            torch.set_num_threads(number)
            results.append(attend(*made, heads=3))
    finally:
        torch.set_num_threads(threads)
    assert len(calls) == 3
    assert all(torch.equal(each, results[0]) for each in results)


def test_numbers_that_are_not_finite_do_not_vanish():
    query, key, value = given(1, 4, 20, 32)
    query[0, 1, 3] = float("nan")
    got = attend(query, key, value, heads=1)
    assert got[0, 1].isnan().all() and got[0, 0].isfinite().all()


@pytest.mark.parametrize("case", ["double", "masked", "odd size", "not compiled"])
def test_elsewhere_torch_attends(case, calls, monkeypatch):
    features = 30 if case == "odd size" else 32
    made, mask = given(2, 6, 9, 2 * features), None
    if case == "double":
        made = [each.double() for each in made]
    if case == "masked":
        mask = (
            torch.arange(9)[None, None, None]
            < torch.tensor([4, 9])[:, None, None, None]
        )
    if case == "not compiled":
        monkeypatch.setattr(attention, "library", lambda *_, **__: None)
    wanted = plain(*made, heads=2, mask=mask)
    got = attend(*made, heads=2, mask=mask)
    torch.testing.assert_close(got.double(), wanted, rtol=1e-4, atol=1e-5)
    assert not calls


def test_one_row_of_keys_for_all_queries_is_left_to_torch(calls):
    query, key, value = given(2, 6, 9, 64)
    wanted = plain(query, *(each[:1].expand(2, -1, -1) for each in (key, value)), 2)
    got = attend(query, key[:1], value[:1], heads=2)
    torch.testing.assert_close(got.double(), wanted, rtol=1e-4, atol=1e-5)
    assert not calls


def test_shapes_beyond_whose_memory_the_code_would_read_are_not_given_to_it():
    query, key, value = given(2, 6, 9, 64)
    assert not attention._is_supported(query, key, value[:, :5], 2)
    assert not attention._is_supported(query, key[:, :, :32], value[:, :, :32], 2)
    assert not attention._is_supported(query, key, value, 3)


@compiles
def test_a_batch_without_rows_stays_empty():
    assert attend(*given(0, 6, 9, 64), heads=2).shape == (0, 6, 64)


@compiles
def test_the_first_call_does_not_wait_for_torchs_compiler_to_be_imported():
    code = (
        "import sys, torch\n"
        "from espnet2.gen_audio.accel.attention import attend\n"
        "with torch.no_grad():\n"
        "    attend(*torch.ones(3, 1, 8, 32), heads=1)\n"
        "assert 'torch._dynamo' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_gradients_go_through_torch(calls):
    made = [each.requires_grad_() for each in given(1, 4, 6, 32)]
    with torch.enable_grad():
        attend(*made, heads=1).sum().backward()
    assert not calls and all(each.grad is not None for each in made)
