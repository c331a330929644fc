"""The authors' behaviour from an official file to the sound, against stored numbers.

Weights, conditions and noise are made of fixed seeds; the numbers were written down
when every network had been compared with its plain official counterpart.
"""

import official_state
import pytest
import torch
from official_state import WIDTHS

from espnet2.gen_audio.checkpoint.experiment import load_strictly
from espnet2.gen_audio.checkpoint.official.read import read_official
from espnet2.gen_audio.diffusion.build import build_ldm
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.loa_lm.build import build_loa_lm
from espnet2.gen_audio.pipeline.behaviour import behaviour_of
from espnet2.gen_audio.pipeline.captions import CaptionEncoder
from espnet2.gen_audio.pipeline.decode import decode
from espnet2.gen_audio.pipeline.encode import encode_captions
from espnet2.gen_audio.pipeline.lengths import frames_of
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.predict_loa import predict_loa
from espnet2.gen_audio.pipeline.sample import diffusion_conditions, sample
from espnet2.gen_audio.pipeline.system import Parts, System
from espnet2.gen_audio.vae.build import build_vae
from espnet2.gen_audio.vocoder.build import build_vocoder

OPTIONS = SamplingOptions(steps=4, eta=1.0, guidance_scale=3.5)
# of LOA, latent and waveform: standard deviation, and every so many-th number
STORED = {
    "loa": (1.02789, [-0.53659, 0.12635, 1.2098, -0.21276, -1.3271, 1.7387]),
    "latent": (86.061, [3.9795, 231.45, -87.431, 49.27, 38.232, -160.78]),
    "wave": (0.639443, [-0.24739, -0.35634, -0.40459, -0.2748, 0.99967, -0.52823]),
}


def drawn(*shape, seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64).float()


def states(length, width, seed):
    """Return a function from a caption to states; the empty one's are all 0.5."""
    given = drawn(length, width, seed=seed)
    return lambda caption: given if caption else torch.full_like(given, 0.5)


ENCODER = CaptionEncoder(
    {
        "sentence": states(1, WIDTHS["clap"][0], seed=1),
        "tokens": states(3, WIDTHS["t5"][0], seed=2),
    }
)


@pytest.fixture(scope="module")
def system():
    geometry = ClipGeometry(**official_state.GEOMETRY)
    state = official_state.complete("full")
    parts = read_official(state, "full.pth", geometry=geometry).parts
    built = {}
    for name, build in (
        ("loa_lm", build_loa_lm),
        ("ldm", build_ldm),
        ("vae", build_vae),
        ("vocoder", build_vocoder),
    ):
        part = parts[name]
        built[name] = build(part.config).eval().requires_grad_(False)
        absent = part.config["absent_weights"]
        load_strictly(built[name], part.state, name, absent)
    built["ldm"].conditions.set_null("tokens", ENCODER([""])["tokens"][0])
    parts = Parts(
        built["ldm"], built["vae"].vae, built["vocoder"].vocoder, built["loa_lm"]
    )
    return System.of(parts, ENCODER, behaviour_of("official"))


def numbers(tensor):
    flat = tensor.flatten()
    return float(flat.std()), flat[:: max(len(flat) // 6, 1)][:6].tolist()


def test_the_official_preset_gives_the_stored_sound(system):
    with torch.no_grad():
        batch = encode_captions(system, ["a dog barks"], ["clip"])
        loa = predict_loa(system, batch)
        conditions = diffusion_conditions(system, batch, loa)
        frames = frames_of(system.ldm.geometry.samples, system.specification)
        null = system.ldm.conditions.null(1)
        ids = [(OPTIONS.seed, "clip")]
        latent = sample(system, ids, [conditions], null, OPTIONS, frames)
        wave = decode(system, latent)
    assert wave.shape[1] == system.ldm.geometry.samples + 32  # untrimmed
    found = {"loa": loa, "latent": latent, "wave": wave}
    for name, tensor in found.items():
        std, some = numbers(tensor)
        assert std == pytest.approx(STORED[name][0], rel=1e-3), name
        assert some == pytest.approx(STORED[name][1], rel=1e-2, abs=1e-3), name
