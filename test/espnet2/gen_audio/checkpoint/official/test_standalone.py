"""Files that hold one network, in the layouts that are found in the wild."""

import pytest
import torch

from espnet2.gen_audio.checkpoint.official.standalone import network_of, read_standalone
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vae.autoencoder import MelVAE
from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN


@pytest.fixture(scope="module")
def geometry(official):
    return ClipGeometry.from_dict(official.GEOMETRY)


@pytest.fixture(scope="module")
def vae(official):
    return official.fill(official.vae(), 1)


@pytest.fixture(scope="module")
def vocoder(official):
    return official.fill(official.vocoder(), 2)


@pytest.fixture(scope="module")
def audiomae(official):
    return official.fill(official.audiomae(), 3)


def prefixed(state, prefix):
    return {prefix + name: tensor for name, tensor in state.items()}


def same(first, second):
    """Tell whether two parts hold the same tensors."""
    assert first.state.keys() == second.state.keys()
    return all(torch.equal(first.state[n], second.state[n]) for n in first.state)


def test_a_vae_of_a_lightning_checkpoint_comes_without_its_loss(vae, geometry):
    loss = {"loss.logvar": torch.zeros(()), "loss.discriminator.0.w": torch.ones(2)}
    file = {"state_dict": vae | loss, "epoch": 3, "optimizer_states": []}
    system = read_standalone(file, "/a/vae.ckpt", geometry)
    assert list(system.parts) == ["vae"] and not system.encoders
    stated = system.parts["vae"].provenance
    assert stated["source"] == "vae.ckpt"
    assert "epoch, optimizer_states" in stated["notes"][0]
    assert "loss.logvar and 1 more: discriminator" in stated["notes"][1]
    assert "not stated in the file" in stated["licence"]


def test_a_vae_is_the_same_under_the_prefix_of_the_diffusion_model(vae, geometry):
    plain = read_standalone(vae, "x", geometry).parts["vae"]
    inside = prefixed(vae, "first_stage_model.")
    assert same(read_standalone(inside, "x", geometry).parts["vae"], plain)


def test_a_vae_that_carries_its_vocoder_gives_both(vae, vocoder, geometry):
    both = vae | prefixed(vocoder, "vocoder.")
    parts = read_standalone(both, "x", geometry).parts
    assert list(parts) == ["vae", "vocoder"]
    assert same(
        parts["vocoder"], read_standalone(vocoder, "x", geometry).parts["vocoder"]
    )


def test_a_vae_of_diffusers_is_read_under_its_own_names(geometry):
    net = MelVAE(geometry, block_out_channels=(32, 32, 64)).net
    part = read_standalone(net.state_dict(), "x", geometry).parts["vae"]
    for name, tensor in net.state_dict().items():
        assert torch.equal(part.state[f"vae.net.{name}"], tensor)


def test_a_generator_with_weight_norm_becomes_the_kernels_it_stands_for(
    vocoder, geometry
):
    """Also with what torch.compile writes inside the names."""
    split = {}
    for name, tensor in vocoder.items():
        name = name.replace("resblocks.", "resblocks._orig_mod.")
        if name.endswith(".weight"):
            norm = tensor.flatten(1).norm(dim=1).view(-1, 1, 1)
            split[name.replace(".weight", ".weight_g")] = norm
            split[name.replace(".weight", ".weight_v")] = 3.0 * tensor
        else:
            split[name] = tensor
    file = {"generator": prefixed(split, "module."), "steps": 7}
    part = read_standalone(file, "g_00", geometry).parts["vocoder"]
    plain = read_standalone(vocoder, "g_00", geometry).parts["vocoder"]
    for name, tensor in plain.state.items():
        assert torch.allclose(part.state[name], tensor, rtol=1e-5, atol=1e-7)
    assert part.provenance["notes"] == ["beside the weights, left out: steps"]


def test_a_vocoder_of_transformers_is_read_under_its_own_names(geometry):
    net = HiFiGAN(geometry, upsample_initial_channel=32, weight_norm=False).net
    part = read_standalone(net.state_dict(), "x", geometry).parts["vocoder"]
    for name, tensor in net.state_dict().items():
        assert torch.equal(part.state[f"vocoder.net.{name}"], tensor)


def test_audiomae_of_the_authors_comes_without_decoder(audiomae, geometry):
    file = {"model": audiomae, "optimizer": {}, "epoch": 32, "args": None}
    part = read_standalone(file, "pretrained.pth", geometry).parts["audiomae"]
    assert torch.equal(part.state["mae.encoder.pos_embed"], audiomae["pos_embed"])
    assert not any("decoder" in name for name in part.state)
    assert any("decoder" in note for note in part.provenance["notes"])
    assert "AudioMAE: CC BY-NC 4.0" in part.provenance["licence"]


def test_audiomae_of_timm_is_the_same_network(audiomae, geometry):
    decoder = ("decoder_", "mask_token")
    timm = {n: t for n, t in audiomae.items() if not n.startswith(decoder)}
    timm = {n.replace("norm.", "fc_norm.", 1) if n.startswith("norm.") else n: t
            for n, t in timm.items()}  # fmt: skip
    timm |= {"head.weight": torch.zeros(527, 64), "head.bias": torch.zeros(527)}
    part = read_standalone(timm, "x", geometry).parts["audiomae"]
    assert same(part, read_standalone(audiomae, "x", geometry).parts["audiomae"])


def test_a_clap_file_becomes_an_encoder(official):
    state = prefixed(official.fill(official.clap(), 4), "module.")
    file = {"epoch": 15, "state_dict": state, "optimizer": {}}
    system = read_standalone(file, "clap.pt")
    assert list(system.encoders) == ["sentence_encoder"] and not system.parts
    notes = system.encoders["sentence_encoder"].provenance["notes"]
    assert notes[0] == "beside the weights, left out: epoch, optimizer"


def test_published_sizes_need_no_geometry(official):
    """Only shapes are looked at: nothing here has memory."""
    shapes = official.vae((128, 256, 512, 1024), 16)
    state = {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}
    part = read_standalone(state, "x").parts["vae"]
    assert part.config["geometry_conf"]["sample_rate"] == 48000
    shapes = official.vocoder(64, 1024)
    state = {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}
    part = read_standalone(state, "x").parts["vocoder"]
    assert part.config["geometry_conf"]["sample_rate"] == 16000
    shapes = official.audiomae(768, 12, 512, 16, 512)
    state = {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}
    assert read_standalone(state, "x").parts["audiomae"].config["encoder_conf"] == {
        "width": 768,
        "layers": 12,
        "heads": 12,
        "mlp_ratio": 4.0,
        "feature_layers": 3,
    }


def test_a_picture_transformer_of_three_colours_is_refused(audiomae, geometry):
    state = audiomae | {"patch_embed.proj.weight": torch.zeros(64, 3, 16, 16)}
    shapes = r"weight \(64, 3, 16, 16\), not \(64, 1, 16, 16\)"
    with pytest.raises(ValueError, match=shapes):
        read_standalone(state, "x.pth", geometry)


@pytest.mark.parametrize("network", ["vae", "vocoder", "audiomae"])
def test_missing_and_extra_tensors_are_refused_by_name(request, geometry, network):
    state = request.getfixturevalue(network)
    begun = next(iter(state)).rpartition(".")[0]
    with pytest.raises(ValueError, match=rf"x\.pth: tensor {begun}\.extra \(2,\)"):
        extra = {f"{begun}.extra": torch.zeros(2)}
        read_standalone(state | extra, "x.pth", geometry)
    for name in list(state)[:1] + list(state)[20:21]:
        less = {n: t for n, t in state.items() if n != name}
        with pytest.raises(ValueError, match=r"x\.pth, \w+.* missing"):
            read_standalone(less, "x.pth", geometry)


def test_half_of_a_pair_of_weight_norm_is_refused(vocoder, geometry):
    state = dict(vocoder)
    state["conv_pre.weight_g"] = state.pop("conv_pre.weight")
    with pytest.raises(ValueError, match="conv_pre has only one of"):
        read_standalone(state, "x.pth", geometry)


def test_a_file_of_another_network_is_refused():
    state = {"bert.embeddings.weight": torch.zeros(4, 2)}
    with pytest.raises(
        ValueError, match=r"bert\.embeddings\.weight \(4, 2\)"
    ) as caught:
        read_standalone(state, "x.pth")
    assert "\n" not in str(caught.value)
    assert network_of(state) is None
