"""The compiled pass: the numbers of the uncompiled one, and graphs that are shared."""

import pytest
import torch
from torch._dynamo.testing import CompileCounter

from espnet2.gen_audio.accel import compiled_unet, onednn
from espnet2.gen_audio.accel.cached_unet import CachedUNet
from espnet2.gen_audio.accel.compiled_unet import CompiledUNet, refuse_without_compiler
from espnet2.gen_audio.sampling.guidance import Guidance, guided


@pytest.fixture
def small(network):
    """A function that makes a U-Net small enough to compile."""

    def make(layout="joined", channels=(32,)):
        return network(layout, channels, layers_per_block=1).float()

    return make


@pytest.fixture
def given(conditions):
    """A function that makes conditions in single precision."""

    def make(unet, seed=0, rows=2, words=5, null=False):
        made = conditions(unet, seed, rows, words, null)
        return {name: each.to("cpu", torch.float32) for name, each in made.items()}

    return make


@pytest.fixture
def latents(noisy):
    """A function that makes noisy latents in single precision and their step."""

    def make(rows=2, frames=8):
        values, step = noisy(rows, rows, frames)
        return values.float(), step

    return make


@pytest.fixture
def graphs(monkeypatch):
    """Count the graphs that are compiled; they run as they are."""
    torch._dynamo.reset()
    counter = CompileCounter()
    run = torch.compile(CachedUNet.__call__, dynamic=False, backend=counter)
    monkeypatch.setattr(compiled_unet, "compile_pass", lambda device: run)
    with torch.no_grad():
        yield counter
    torch._dynamo.reset()


def near(got, wanted):
    return (got - wanted).abs().max() <= 1e-5 * wanted.abs().max()


@pytest.mark.parametrize("layout", ["published", "film"])
def test_padded_to_its_bucket_it_predicts_the_same(
    layout, graphs, small, given, latents
):
    unet = small(layout)
    first = given(unet, 0, rows=3)
    for null in (given(unet, 1, 3, null=True), given(unet, 2, 3, words=40)):
        plain, fast = CachedUNet(unet, first, null), CompiledUNet(unet, first, null)
        assert near(fast(*latents(3)), plain(*latents(3)))
    assert graphs.frame_count > 0


@pytest.mark.timeout(900)  # the compiler has all of a U-Net
def test_the_machine_code_predicts_the_same(small, given, latents):
    unet = small()
    first, null = given(unet, rows=1), given(unet, 1, rows=1, null=True)
    with torch.no_grad():
        wanted = CachedUNet(unet, first, null)(*latents(1))
        assert near(CompiledUNet(unet, first, null)(*latents(1)), wanted)


def test_a_pass_is_one_graph_that_prompts_and_batches_of_its_bucket_share(
    graphs, small, given, latents
):
    unet = small()
    for rows, words in ((4, 5), (3, 31), (4, 1), (3, 12)):
        first, null = given(unet, words, rows, words), given(unet, 1, rows, null=True)
        fast = CompiledUNet(unet, first, null)
        for _ in range(2):
            assert len(fast(*latents(rows))) == 2 * rows
    assert graphs.frame_count == 1
    CompiledUNet(unet, given(unet, 0, 4, 32), given(unet, 1, 4, null=True))(*latents(4))
    assert graphs.frame_count == 2


def test_deep_features_are_reused_in_a_graph_of_their_own(
    graphs, small, given, latents
):
    unet = small(channels=(32, 32))
    plain, fast = CachedUNet(unet, given(unet)), CompiledUNet(unet, given(unet))
    noisy, step = latents()
    for reuse in (False, True, True, False):
        assert near(fast(noisy, step, reuse), plain(noisy, step, reuse))
        noisy = noisy + 0.1
    assert graphs.frame_count == 2


def test_more_buckets_are_compiled_than_the_compiler_keeps_by_itself(
    graphs, small, given, latents
):
    unet = small()
    with torch._dynamo.config.patch(cache_size_limit=1):
        for frames in (2, 4):
            CompiledUNet(unet, given(unet))(*latents(frames=frames))
    assert graphs.frame_count == 2


def test_guidance_calls_it_with_both_halves_and_with_one(graphs, small, given, latents):
    unet = small()
    first, null, guidance = (
        given(unet),
        given(unet, 1, null=True),
        Guidance(3, (0, 0.6)),
    )
    plain, fast = (
        guided(unet, first, null, guidance, 1000, make_predictor=each)
        for each in (CachedUNet, CompiledUNet)
    )
    noisy, _ = latents()
    for step in (900, 500):
        step = torch.full((2,), step)
        assert near(fast(noisy, step), plain(noisy, step))
    assert graphs.frame_count == 2


def test_a_compiler_that_fails_is_reported_in_one_message(
    monkeypatch, small, given, latents
):
    def broken(graph, inputs):
        raise OSError("no space left")

    torch._dynamo.reset()
    run = torch.compile(CachedUNet.__call__, dynamic=False, backend=broken)
    monkeypatch.setattr(compiled_unet, "compile_pass", lambda device: run)
    unet = small()
    with pytest.raises(RuntimeError, match="no space left.*leave out --compile"):
        CompiledUNet(unet, given(unet))(*latents())
    torch._dynamo.reset()


@pytest.mark.parametrize(
    "device, slow, lines", [("cpu", True, 1), ("cpu", False, 0), ("cuda", True, 0)]
)
def test_where_compiling_gains_nothing_a_warning_is_logged(
    device, slow, lines, monkeypatch, caplog
):
    monkeypatch.setattr(compiled_unet, "mkl_is_slow", lambda: slow)
    compiled_unet.warn_if_not_faster(device)
    assert len(caplog.records) == lines


@torch.no_grad()
def test_a_layer_of_onednn_is_compiled_to_the_same_numbers():
    torch._dynamo.reset()
    layer, states = torch.nn.Linear(24, 40), torch.randn(3, 5, 24)
    wanted = layer(states)
    onednn.use_onednn(layer)
    made = torch.compile(layer, fullgraph=True, dynamic=False)(states)
    torch.testing.assert_close(made, wanted, rtol=1e-5, atol=1e-6)


def test_without_a_compiler_it_is_refused(monkeypatch, tmp_path):
    refuse_without_compiler()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match="needs a C\\+\\+ compiler, g\\+\\+ was not"):
        refuse_without_compiler()
    monkeypatch.setenv("CXX", "icx")
    with pytest.raises(ValueError, match="icx was not found"):
        refuse_without_compiler()
