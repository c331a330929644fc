"""The 48 kHz model from caption to wave, against plain networks and sampler.

A file in the official layout is converted, opened with ``official`` and given a caption
and 30 steps, of which the authors' program runs 31.
"""

import math
from dataclasses import replace

import official_unet
import official_vae
import pytest
import torch
from encoder_shapes import clap as clap_shapes
from net_shapes import unet as unet_shapes
from net_shapes import vae as vae_shapes
from net_shapes import vocoder as vocoder_shapes
from official_draw import difference, draw
from official_state import GEOMETRY, complete, fill
from plain_encoders import clap_text

from espnet2.gen_audio.checkpoint.archive.folder import write_system
from espnet2.gen_audio.checkpoint.official.read import read_official
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.pipeline.load.converted import load_converted
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.text2audio import Text2Audio
from espnet2.gen_audio.seeding import generator_of

CAPTION = "a dog barks"
RATES = (6, 5, 4, 2, 2)
AT_48K = {"sample_rate": 48000, "hop": 480, "n_fft": 2048, "mel_high": 24000.0}
STEPS, GUIDANCE, SCALE = 30, 3.5, 0.41
ID = "clip"  # neither its vector nor that of the empty caption is replaced
BOUND = 1e-5


@pytest.fixture(scope="module")
def nets():
    """Return the networks under their official names."""
    return {
        "unet": draw(unet_shapes([None, None], widths=(32, 32, 64, 64), film=12), 0),
        "vae": draw(vae_shapes(), 1),
        "vocoder": draw(vocoder_shapes(32, 64, (12, 10, 8, 4, 4), (3, 7, 11, 15)), 2),
        "clap": fill(clap_shapes(vocabulary=320, positions=66), 3),
    }


@pytest.fixture(scope="module")
def folder(nets, tmp_path_factory):
    """Convert a file of these networks."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import RobertaTokenizerFast

    places = {
        "unet": ["model.diffusion_model."],
        "vae": ["first_stage_model."],
        "vocoder": ["first_stage_model.vocoder."],
        "clap": ["clap.model.", "cond_stage_models.0.model."],
    }
    state = complete("film")
    whole = tuple(prefix for prefixes in places.values() for prefix in prefixes)
    state = {name: t for name, t in state.items() if not name.startswith(whole)}
    for name, prefixes in places.items():
        for prefix in prefixes:
            state |= {f"{prefix}{n}": t.clone() for n, t in nets[name].items()}
    folder = tmp_path_factory.mktemp("film")
    geometry = ClipGeometry(**GEOMETRY | AT_48K | {"n_mels": 32})
    write_system(read_official(state, "48k.pth", geometry=geometry), folder)
    place = folder / "sentence_encoder"
    trained = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trained.train_from_iterator([CAPTION], 300, special_tokens=special)
    trained.save_model(str(place))
    files = str(place / "vocab.json"), str(place / "merges.txt")
    RobertaTokenizerFast(*files, model_max_length=64).save_pretrained(place)
    return folder


@pytest.fixture(scope="module")
def system(folder):
    return load_converted(folder, "official", dtype="float64")


def made(system, **changes):
    """Return our wave, of the official behaviour but for some changes."""
    system = replace(system, behaviour=replace(system.behaviour, **changes))
    options = SamplingOptions(steps=STEPS, eta=1.0, guidance_scale=GUIDANCE)
    return Text2Audio(system)({ID: CAPTION}, options, candidates=1)[ID].double()


@torch.no_grad()
def authors(nets, tokenizer):
    """Return the wave of plain networks in double precision."""
    nets = {part: {n: double(t) for n, t in net.items()} for part, net in nets.items()}
    ids = [torch.tensor([tokenizer(text)["input_ids"]]) for text in (CAPTION, "")]
    vectors = [clap_text(nets["clap"], one) for one in ids]
    first, last, product, alphas = math.sqrt(0.0015), math.sqrt(0.0195), 1.0, []
    for t in range(1000):
        product *= 1 - (first + (last - first) * t / 999) ** 2
        alphas.append(product)
    steps = [t + 1 for t in range(0, 1000, 1000 // STEPS)]
    assert len(steps) == 31
    previous = [alphas[0], *(alphas[t] for t in steps[:-1])]
    shape, generator = (1, 4, 16, 8), generator_of(0, ID)
    x = torch.randn(shape, generator=generator).double()
    for step, before in reversed(list(zip(steps, previous))):
        with_text, without = (
            official_unet.forward(
                nets["unet"], x, torch.tensor([step]), [None, None], vector
            )
            for vector in vectors
        )
        eps = without + GUIDANCE * (with_text - without)
        a = alphas[step]
        sigma = math.sqrt((1 - before) / (1 - a) * (1 - a / before))
        x0 = (x - math.sqrt(1 - a) * eps) / math.sqrt(a)
        x = math.sqrt(before) * x0 + math.sqrt(1 - before - sigma**2) * eps
        x = x + sigma * torch.randn(shape, generator=generator, dtype=x.dtype)
    mel = official_vae.decode(nets["vae"], x / SCALE)[:, 0]
    return official_vae.vocode(nets["vocoder"], mel.transpose(1, 2), RATES)[0]


def double(tensor):
    return tensor.double() if tensor.is_floating_point() else tensor


def test_a_caption_has_the_authors_wave_and_each_difference_takes_it_away(
    nets, folder, system
):
    from transformers import RobertaTokenizerFast

    found = made(system)
    tokenizer = RobertaTokenizerFast.from_pretrained(folder / "sentence_encoder")
    wanted = authors(nets, tokenizer)
    assert wanted.shape == (64 * 480 + 16,) and wanted.std() > 0.01
    assert difference(found, wanted) < BOUND
    for change in ({"vocoder_padding": "trained"}, {"ddim_steps": "exact"}):
        other = made(system, **change)
        assert difference(other, wanted[: len(other)]) > 1e-2, change
