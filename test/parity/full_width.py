"""Parity with the plain official networks at published width.

    python test/parity/full_width.py [--dtype float64] [PART ...]

Not a test of the suite: it needs up to 14 GB and some minutes. Prints for every part
its tensors and parameters, the largest difference relative to the reference's peak, and
the time. Sides are short (16 x 8 latents), widths are the published ones.
"""

import argparse
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "espnet2/gen_audio/checkpoint"))

import encoder_shapes  # noqa: E402
import net_shapes  # noqa: E402
import official_sequence  # noqa: E402
import official_unet  # noqa: E402
import official_vae  # noqa: E402
import test_official_sequence as sequence  # noqa: E402
import test_official_unet as unet  # noqa: E402
from official_draw import difference, draw  # noqa: E402

from espnet2.gen_audio.audiomae.encoder import AudioMAEEncoder  # noqa: E402
from espnet2.gen_audio.checkpoint.assembly import sizes  # noqa: E402
from espnet2.gen_audio.checkpoint.tables import audiomae as audiomae_names  # noqa: E402
from espnet2.gen_audio.checkpoint.tables import phoneme as phoneme_names  # noqa: E402
from espnet2.gen_audio.checkpoint.tables import vae as vae_names  # noqa: E402
from espnet2.gen_audio.checkpoint.tables.renaming import rename  # noqa: E402
from espnet2.gen_audio.checkpoint.tables.vocoder import (  # noqa: E402
    TABLE,
    with_scaling,
)
from espnet2.gen_audio.encoder.phoneme_encoder import PhonemeEncoder  # noqa: E402
from espnet2.gen_audio.feats.clip import ClipGeometry  # noqa: E402
from espnet2.gen_audio.vae.autoencoder import MelVAE  # noqa: E402
from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN  # noqa: E402

WIDTHS = (128, 256, 384, 640)


def unet_of(layout):
    def run(dtype):
        unet.LOA, unet.T5, unet.CLAP = 768, 1024, 512
        contexts = {
            "full": ((None, 768, 1024), 1, None),
            "large": ((None, 768, 1024, None), 2, None),
            "speech": ((None, 768), 1, None),
            "16k_t5": ((None, 1024), 1, None),
            "48k_film": ((None, None), 1, 512),
        }
        unet.LAYOUTS = contexts
        state = unet.official(layout, dtype, WIDTHS)
        noisy, step, given = unet.inputs(layout, dtype)
        attended, film = unet.contexts_of(given, len(contexts[layout][0]))
        reference = official_unet.forward(state, noisy, step, attended, film)
        network = unet.ours(state, unet.unet_table(state), "loa" in given)
        got = network(noisy, step, given)
        return state, [(got, reference)]

    return run


def vae_of(widths, latent, geometry):
    def run(dtype):
        state = draw(net_shapes.vae(widths, latent), 0, dtype)
        renamed = rename(state, vae_names.official_table(state), "VAE").state
        ours = MelVAE(geometry, **sizes.vae_conf(renamed)).to(dtype).eval()
        ours.load_state_dict({n.removeprefix("vae."): t for n, t in renamed.items()})
        mel = torch.randn(1, 64, geometry.n_mels, dtype=dtype)
        mean = official_vae.encode(state, mel[:, None]).chunk(2, dim=1)[0]
        decoded = official_vae.decode(state, mean)[:, 0]
        return state, [(ours.encode(mel)[0], mean), (ours.decode(mean), decoded)]

    return run


def vocoder_of(width, kernels, rates, blocks, geometry, exact):
    def run(dtype):
        shapes = net_shapes.vocoder(geometry.n_mels, width, kernels, blocks)
        state = draw(shapes, 0, dtype)
        renamed = with_scaling(rename(state, TABLE, "vocoder").state)
        conf = sizes.vocoder_conf(renamed)
        ours = HiFiGAN(geometry, **conf).to(dtype).eval()
        own = {n.removeprefix("vocoder."): t for n, t in renamed.items()}
        ours.load_state_dict(own)
        mel = torch.randn(1, 8, geometry.n_mels, dtype=dtype)
        wave = official_vae.vocode(state, mel.transpose(1, 2), rates, exact)
        got = ours(mel, trim=False)
        return state, [(got, wave)]

    return run


def gpt2(dtype):
    sequence.WIDTH, sequence.CLAP, sequence.T5 = 768, 512, 1024
    shapes, tables = net_shapes.gpt2, net_shapes.sequence
    sequence.gpt2_shapes = lambda *_: shapes(768, 12, 50257, 1024)
    sequence.sequence_shapes = lambda *_: tables((512, 1024), 768)
    state, ours = sequence.lm_pair(dtype, "official")
    conditions = sequence.captions(dtype, [7, 4])
    return state, [(ours.generate(conditions, 6), sequence.rolled(state, conditions))]


def phonemes(dtype):
    state = draw(encoder_shapes.phonemes(192, 6, 2, 768), 0, dtype)
    renamed = rename(state, phoneme_names.OFFICIAL_TABLE, "phonemes").state
    ours = PhonemeEncoder(**sizes.phoneme_conf(renamed)).to(dtype).eval()
    own = {n.removeprefix("text_encoder."): t for n, t in renamed.items()}
    ours.load_state_dict(own)
    ids, lengths = torch.randint(1, 183, (1, 50)), torch.tensor([50])
    reference, _ = official_sequence.phonemes(state, ids, lengths)
    return state, [(ours(ids, lengths).embedding, reference)]


def audiomae(dtype):
    geometry = ClipGeometry()
    shapes = encoder_shapes.audiomae(768, 12, geometry.num_patches, 16, 512)
    state = draw(shapes, 0, dtype)
    renamed = rename(state, audiomae_names.TABLE, "AudioMAE").state
    ours = AudioMAEEncoder(geometry, **sizes.encoder_conf(renamed)).to(dtype).eval()
    own = {n.removeprefix("mae.encoder."): t for n, t in renamed.items()}
    ours.load_state_dict(own)
    fbank = torch.randn(1, 1024, 128, dtype=dtype)
    reference = official_sequence.audiomae(state, fbank)
    return state, [(ours.patch_features(fbank), reference)]


G48 = ClipGeometry(**sizes.PUBLISHED_48K)
K16, R16 = (16, 16, 8, 4, 4), (5, 4, 2, 2, 2)
K48, R48 = (12, 10, 8, 4, 4), (6, 5, 4, 2, 2)
PARTS = {
    **{f"unet-{n}": unet_of(n) for n in unet.LAYOUTS},
    "vae-16k": vae_of((128, 256, 512), 8, ClipGeometry()),
    "vae-48k": vae_of((128, 256, 512, 1024), 16, G48),
    "vocoder-16k": vocoder_of(1024, K16, R16, (3, 7, 11), ClipGeometry(), False),
    "vocoder-48k": vocoder_of(1536, K48, R48, (3, 7, 11, 15), G48, True),
    "gpt2": gpt2,
    "phonemes": phonemes,
    "audiomae": audiomae,
}


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("parts", nargs="*", default=list(PARTS), metavar="PART")
    parser.add_argument("--dtype", default="float64", choices=["float32", "float64"])
    args = parser.parse_args()
    for name in args.parts:
        torch.manual_seed(0)
        start = time.monotonic()
        state, pairs = PARTS[name](getattr(torch, args.dtype))
        worst = max(difference(got, reference) for got, reference in pairs)
        numbers = sum(tensor.numel() for tensor in state.values())
        print(
            f"{name:14} {args.dtype}  {len(state):5} tensors {numbers:12,} parameters  "
            f"difference {worst:.1e}  {time.monotonic() - start:5.0f} s",
            flush=True,
        )
        del state, pairs


if __name__ == "__main__":
    main()
