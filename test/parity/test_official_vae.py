"""Official VAE and vocoder weights against the plain official networks."""

from pathlib import Path

import official_vae
import pytest
import soundfile
import torch
from net_shapes import vae as vae_shapes
from net_shapes import vocoder as vocoder_shapes
from official_draw import BOUNDS, difference, draw

from espnet2.gen_audio.checkpoint.assembly.sizes import vae_conf, vocoder_conf
from espnet2.gen_audio.checkpoint.tables import vae as vae_names
from espnet2.gen_audio.checkpoint.tables.renaming import rename
from espnet2.gen_audio.checkpoint.tables.vocoder import TABLE, folded, with_scaling
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.mel import LogMel
from espnet2.gen_audio.vae.autoencoder import MelVAE
from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN

# reduced widths of the two published layouts: 16 and 48 kHz
VAES = {"16k": ((32, 64, 96), 8), "48k": ((32, 32, 64, 96), 16)}
VOCODERS = {
    "16k": ((16, 16, 8, 4, 4), (5, 4, 2, 2, 2), (3, 7, 11), 160),
    "48k": ((12, 10, 8, 4, 4), (6, 5, 4, 2, 2), (3, 7, 11, 15), 480),
}
GEOMETRY_48K = {"sample_rate": 48000, "hop": 480, "n_fft": 2048, "mel_high": 24000.0}


def vae_pair(layout, dtype):
    widths, latent = VAES[layout]
    state = draw(vae_shapes(widths, latent), 0, dtype)
    table = vae_names.official_table(state)
    renamed = rename(state, table, "VAE").state
    geometry = ClipGeometry(
        seconds=0.64,
        downsample=2 ** (len(widths) - 1),
        latent_channels=latent,
        n_mels=32,
    )
    ours = MelVAE(geometry, **vae_conf(renamed)).to(dtype).eval()
    ours.load_state_dict({n.removeprefix("vae."): t for n, t in renamed.items()})
    return state, ours


@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize("layout", VAES)
def test_official_vae_weights_give_the_official_posterior_and_mel(layout, dtype):
    state, ours = vae_pair(layout, dtype)
    torch.manual_seed(1)
    mel = torch.randn(2, 32, 32, dtype=dtype)
    with torch.no_grad():
        reference = official_vae.encode(state, mel[:, None])
        mean, log_variance = ours.encode(mel)
        clamped = reference.chunk(2, dim=1)[1].clamp(-30, 20)
        assert difference(mean, reference.chunk(2, dim=1)[0]) < BOUNDS[dtype]
        assert difference(log_variance, clamped) < BOUNDS[dtype]
        latent = torch.randn_like(mean)
        decoded = official_vae.decode(state, latent)[:, 0]
        assert difference(ours.decode(latent), decoded) < BOUNDS[dtype]


@pytest.mark.parametrize("pair", [("q", "k"), ("q", "v"), ("v", "proj_out")])
def test_two_rules_of_the_attention_exchanged_make_another_vae(pair, monkeypatch):
    names = dict(vae_names._ATTENTION)
    names[pair[0]], names[pair[1]] = names[pair[1]], names[pair[0]]
    monkeypatch.setattr(vae_names, "_ATTENTION", names)
    state, ours = vae_pair("16k", torch.float64)
    torch.manual_seed(1)
    latent = torch.randn(1, 8, 8, 8, dtype=torch.float64)
    with torch.no_grad():
        reference = official_vae.decode(state, latent)[:, 0]
        changed = difference(ours.decode(latent), reference)
    if pair == ("q", "k"):
        # scores are transposed, which a softmax over the other axis shows
        assert changed > 1e-6
    else:
        assert changed > 1e-4


def vocoder_pair(layout, dtype, **options):
    kernels, rates, blocks, hop = VOCODERS[layout]
    state = draw(vocoder_shapes(16, 64, kernels, blocks), 0, dtype)
    renamed = rename(folded(state), TABLE, "vocoder").state
    renamed = with_scaling(renamed)
    geometry = ClipGeometry(n_mels=16, **(GEOMETRY_48K if hop == 480 else {}))
    ours = HiFiGAN(geometry, **(vocoder_conf(renamed) | options)).to(dtype).eval()
    ours.load_state_dict({n.removeprefix("vocoder."): t for n, t in renamed.items()})
    return state, ours, rates


@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize(
    "layout,padding", [("16k", "floor"), ("48k", "ceil"), ("48k", "floor")]
)
def test_official_vocoder_weights_give_the_official_waveform(layout, padding, dtype):
    state, ours, rates = vocoder_pair(layout, dtype, odd_padding=padding)
    torch.manual_seed(1)
    mel = torch.randn(2, 6, 16, dtype=dtype)
    with torch.no_grad():
        args = (state, mel.transpose(1, 2), rates)
        reference = official_vae.vocode(*args, exact=padding == "ceil")
        got = ours(mel)
    assert reference.abs().max() > 0.05
    trimmed = reference[:, : got.shape[1]]
    assert difference(got, trimmed) < BOUNDS[dtype]
    surplus = {("16k", "floor"): 32, ("48k", "ceil"): 0, ("48k", "floor"): 16}
    assert reference.shape[1] - got.shape[1] == surplus[layout, padding]


def test_a_recorded_clip_goes_through_vae_and_vocoder_as_through_the_official_ones():
    corpus = Path(__file__).parents[2] / "egs2" / "audioldm2" / "corpus" / "audio"
    sound, rate = soundfile.read(sorted(corpus.rglob("*.*"))[0], dtype="float32")
    geometry = ClipGeometry(seconds=0.64)
    wave = torch.from_numpy(sound.reshape(len(sound), -1)[:, 0])
    wave = torch.nn.functional.pad(wave, (0, geometry.samples))[: geometry.samples]
    assert wave.abs().max() > 0.01 and rate == geometry.sample_rate
    mel = LogMel(geometry)(wave[None])
    state = draw(vae_shapes((32, 64, 96), 8), 0)
    renamed = rename(state, vae_names.official_table(state), "VAE").state
    vae = MelVAE(geometry, **vae_conf(renamed)).eval()
    vae.load_state_dict({n.removeprefix("vae."): t for n, t in renamed.items()})
    voices = draw(vocoder_shapes(64, 64), 1)
    renamed = with_scaling(rename(voices, TABLE, "vocoder").state)
    vocoder = HiFiGAN(geometry, **vocoder_conf(renamed)).eval()
    vocoder.load_state_dict({n.removeprefix("vocoder."): t for n, t in renamed.items()})
    with torch.no_grad():
        mean = official_vae.encode(state, mel[:, None]).chunk(2, dim=1)[0]
        decoded = official_vae.decode(state, mean)[:, 0]
        sounding = official_vae.vocode(
            voices, decoded.transpose(1, 2), VOCODERS["16k"][1]
        )
        ours = vocoder(vae.decode(vae.encode(mel)[0]), trim=False)
    assert difference(ours, sounding) < 1e-3
    assert sounding.std() > 0.05


def test_the_two_paddings_at_48_khz_are_not_the_same_sound():
    state, ours, rates = vocoder_pair("48k", torch.float64)
    mel = torch.randn(1, 6, 16, dtype=torch.float64)
    with torch.no_grad():
        other = official_vae.vocode(state, mel.transpose(1, 2), rates, exact=False)
        got = ours(mel)
    assert difference(got, other[:, : got.shape[1]]) > 1e-2


@pytest.mark.parametrize("form", ["pairs", "parametrised", "wrapped"])
def test_weight_norm_of_a_stand_alone_vocoder_is_folded_exactly(form):
    state, _, _ = vocoder_pair("16k", torch.float64)
    ends = (".weight_g", ".weight_v")
    if form == "parametrised":
        ends = tuple(f".parametrizations.weight.original{n}" for n in (0, 1))
    apart = {}
    for name, tensor in state.items():
        if not name.endswith(".weight"):
            apart[name] = tensor
            continue
        layer = name.removesuffix(".weight")
        axes = tuple(range(1, tensor.dim()))
        norm = torch.linalg.vector_norm(tensor, dim=axes, keepdim=True)
        apart[layer + ends[0]], apart[layer + ends[1]] = norm, 3.0 * tensor
    if form == "wrapped":
        apart = {f"_orig_mod.{name}": tensor for name, tensor in apart.items()}
    again = folded(apart)
    assert again.keys() == state.keys()
    assert max(difference(again[name], state[name]) for name in state) < 1e-14
