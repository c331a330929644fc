"""The 48 kHz vocoder of a converted file, from latent to the authors' wave and ours."""

from dataclasses import replace

import official_vae
import pytest
import torch
from net_shapes import vae as vae_shapes
from net_shapes import vocoder as vocoder_shapes
from official_draw import draw
from official_state import GEOMETRY, complete

from espnet2.gen_audio.accel.prepare import prepare
from espnet2.gen_audio.checkpoint.experiment import load_strictly
from espnet2.gen_audio.checkpoint.official.read import read_official
from espnet2.gen_audio.diffusion.build import build_ldm
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.pipeline.behaviour import behaviour_of
from espnet2.gen_audio.pipeline.captions import CaptionEncoder
from espnet2.gen_audio.pipeline.decode import decode
from espnet2.gen_audio.pipeline.system import Parts, System
from espnet2.gen_audio.vae.build import build_vae
from espnet2.gen_audio.vocoder.build import build_vocoder

RATES = (6, 5, 4, 2, 2)
SIZES = {"kernels": (12, 10, 8, 4, 4), "blocks": (3, 7, 11, 15)}
AT_48K = {"sample_rate": 48000, "hop": 480, "n_fft": 2048, "mel_high": 24000.0}
BOUND = 1e-5


@pytest.fixture(scope="module")
def official():
    """Return VAE and vocoder under their official names, and a file around them."""
    vae, vocoder = draw(vae_shapes(), 0), draw(vocoder_shapes(16, 64, **SIZES), 1)
    state = complete("film")
    state = {n: t for n, t in state.items() if not n.startswith("first_stage_model.")}
    state |= {f"first_stage_model.{n}": t for n, t in vae.items()}
    state |= {f"first_stage_model.vocoder.{n}": t for n, t in vocoder.items()}
    return vae, vocoder, state


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "prepared"])
def system(official, request):
    """Convert the file; in one of two runs the vocoder is prepared for inference."""
    geometry = ClipGeometry(**GEOMETRY | AT_48K)
    parts = read_official(official[2], "48k.pth", geometry=geometry).parts
    built = {}
    builders = {"ldm": build_ldm, "vae": build_vae, "vocoder": build_vocoder}
    for name, build in builders.items():
        config = parts[name].config
        built[name] = build(config).eval().requires_grad_(False)
        load_strictly(built[name], parts[name].state, name, config["absent_weights"])
    vocoder = built["vocoder"].vocoder
    if request.param:
        prepare(vocoder)
    nets = Parts(built["ldm"], built["vae"].vae, vocoder)
    return System.of(nets, CaptionEncoder({}))


def wave_of(system, latent, preset):
    return decode(replace(system, behaviour=behaviour_of(preset)), latent)


def differences(official, system, preset):
    """Return how far a wave is from the authors' inference and from their training."""
    vae, vocoder, _ = official
    latent = 0.5 * torch.randn(1, 4, 16, 4, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        mel = official_vae.decode(vae, latent)[:, 0].transpose(1, 2)
        found = wave_of(system, latent, preset)
        made = []
        for exact in (False, True):
            wanted = official_vae.vocode(vocoder, mel, RATES, exact)
            assert wanted.abs().max() > 0.05
            fits = found.shape == wanted.shape
            gap = (found - wanted).abs().max() / wanted.abs().max() if fits else 1.0
            made.append(float(gap))
    return made


def test_official_gives_the_wave_of_the_authors_inference(official, system):
    inference, training = differences(official, system, "official")
    assert inference < BOUND < training


def test_ours_gives_the_wave_of_the_authors_training(official, system):
    inference, training = differences(official, system, "ours")
    assert training < BOUND < inference


def test_the_authors_wave_is_ours_sixteen_samples_later(system):
    latent = 0.5 * torch.randn(1, 4, 16, 4)
    ours, theirs = (wave_of(system, latent, name) for name in ("ours", "official"))
    assert theirs.shape[1] == ours.shape[1] + 16
    inside = slice(20 * 480, 44 * 480)  # far from the borders
    gap = (theirs[:, 16:][:, inside] - ours[:, inside]).abs().max()
    assert gap < BOUND * ours.abs().max()
