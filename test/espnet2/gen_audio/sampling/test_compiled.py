"""The compiled pass: the numbers of the plain one, and graphs that are shared."""

import pytest
import torch
from torch._dynamo.testing import CompileCounter

from espnet2.gen_audio import onednn
from espnet2.gen_audio.conditioner.condition import Condition
from espnet2.gen_audio.diffusion.backbone.unet import ConditionalUNet
from espnet2.gen_audio.sampling import compiled
from espnet2.gen_audio.sampling.bound_unet import BoundUNet
from espnet2.gen_audio.sampling.compiled import CompiledUNet, refuse_without_compiler
from espnet2.gen_audio.sampling.guidance import Guidance, guided

LAYOUTS = {
    "published": {"loa_dim": 12, "tokens_dim": 20},
    "film": {"loa_dim": None, "tokens_dim": None, "film_dim": 6},
    "joined": {"loa_dim": 12, "tokens_dim": 20, "joined_dim": 16},
}


def network(layout="joined", channels=(32,)):
    torch.manual_seed(0)
    unet = ConditionalUNet(
        latent_channels=4,
        channels=channels,
        layers_per_block=1,
        attention=[True] * len(channels),
        zero_start=False,
        **LAYOUTS[layout],
    )
    return unet.eval().requires_grad_(False)


def heard(unet, seed=0, rows=2, words=5, null=False):
    """Return random conditions, or null ones: zero LOA and one token of text."""
    torch.manual_seed(seed)
    loa = tokens = sentence = None
    if unet.loa_dim is not None:
        loa = Condition.from_lengths(torch.randn(rows, 3, 12) * (not null))
    if unet.tokens_dim is not None:
        states = torch.randn(1 if null else rows, 1 if null else words, 20)
        tokens = Condition.from_lengths(states.expand(rows, -1, -1))
    if unet.film_dim is not None:
        sentence = Condition.from_lengths(torch.randn(rows, 1, 6))
    return loa, tokens, sentence


def noisy(rows=2, frames=8):
    torch.manual_seed(rows)
    return torch.randn(rows, 4, frames, 8), torch.tensor(500).expand(rows)


@pytest.fixture
def graphs(monkeypatch):
    """Count the graphs that are compiled; they run as they are."""
    torch._dynamo.reset()
    counter = CompileCounter()
    run = torch.compile(BoundUNet.__call__, dynamic=False, backend=counter)
    monkeypatch.setattr(compiled, "compile_pass", lambda device: run)
    with torch.no_grad():
        yield counter
    torch._dynamo.reset()


def near(got, wanted):
    return (got - wanted).abs().max() <= 1e-5 * wanted.abs().max()


@pytest.mark.parametrize("layout", ["published", "film"])
def test_padded_and_filled_up_it_says_what_the_plain_pass_says(layout, graphs):
    unet = network(layout)
    given = heard(unet, 0, rows=3)
    for other in (heard(unet, 1, 3, null=True), heard(unet, 2, 3, words=40)):
        plain, fast = BoundUNet(unet, given, other), CompiledUNet(unet, given, other)
        assert near(fast(*noisy(3)), plain(*noisy(3)))
    assert graphs.frame_count > 0


@pytest.mark.timeout(900)  # the compiler has all of a U-Net
def test_the_machine_code_says_what_the_plain_pass_says():
    unet = network()
    given, null = heard(unet, rows=1), heard(unet, 1, rows=1, null=True)
    with torch.no_grad():
        wanted = BoundUNet(unet, given, null)(*noisy(1))
        assert near(CompiledUNet(unet, given, null)(*noisy(1)), wanted)


def test_a_pass_is_one_graph_that_prompts_and_batches_of_its_bucket_share(graphs):
    unet = network()
    for rows, words in ((4, 5), (3, 31), (4, 1), (3, 12)):
        given, null = heard(unet, words, rows, words), heard(unet, 1, rows, null=True)
        fast = CompiledUNet(unet, given, null)
        for _ in range(2):
            assert len(fast(*noisy(rows))) == 2 * rows
    assert graphs.frame_count == 1
    CompiledUNet(unet, heard(unet, 0, 4, 32), heard(unet, 1, 4, null=True))(*noisy(4))
    assert graphs.frame_count == 2


def test_deep_features_are_reused_in_a_graph_of_their_own(graphs):
    unet = network(channels=(32, 32))
    plain, fast = BoundUNet(unet, heard(unet)), CompiledUNet(unet, heard(unet))
    latents, step = noisy()
    for reuse in (False, True, True, False):
        assert near(fast(latents, step, reuse), plain(latents, step, reuse))
        latents = latents + 0.1
    assert graphs.frame_count == 2


def test_more_kinds_of_requests_than_the_compiler_keeps_by_itself(graphs):
    unet = network()
    with torch._dynamo.config.patch(cache_size_limit=1):
        for frames in (2, 4):
            CompiledUNet(unet, heard(unet))(*noisy(frames=frames))
    assert graphs.frame_count == 2


def test_guidance_asks_it_for_both_halves_and_for_one(graphs):
    unet = network()
    given, null = heard(unet), heard(unet, 1, null=True)
    plain, fast = (
        guided(unet, given, null, Guidance(3.0, (0.0, 0.6)), 1000, compiled=on)
        for on in (False, True)
    )
    latents, _ = noisy()
    for step in (900, 500):
        step = torch.full((2,), step)
        assert near(fast(latents, step), plain(latents, step))
    assert graphs.frame_count == 2


def test_a_compiler_that_fails_is_told_in_one_message(monkeypatch):
    def broken(graph, inputs):
        raise OSError("no space left")

    torch._dynamo.reset()
    run = torch.compile(BoundUNet.__call__, dynamic=False, backend=broken)
    monkeypatch.setattr(compiled, "compile_pass", lambda device: run)
    unet = network()
    with pytest.raises(RuntimeError, match="no space left.*leave out --compile"):
        CompiledUNet(unet, heard(unet))(*noisy())
    torch._dynamo.reset()


@pytest.mark.parametrize(
    "device, slow, told", [("cpu", True, 1), ("cpu", False, 0), ("cuda", True, 0)]
)
def test_where_compiling_gains_nothing_a_line_says_so(
    device, slow, told, monkeypatch, caplog
):
    monkeypatch.setattr(compiled, "mkl_is_slow", lambda: slow)
    compiled.warn_if_idle(device)
    assert len(caplog.records) == told


@torch.no_grad()
def test_compiled_a_layer_that_onednn_reads_gives_the_same():
    torch._dynamo.reset()
    layer, states = torch.nn.Linear(24, 40), torch.randn(3, 5, 24)
    wanted = layer(states)
    onednn.read_by_onednn(layer)
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
