"""Store vectors of torchvggish and panns-inference, which tests compare with.

    python -m venv ENV
    ENV/bin/pip install torch torchaudio soundfile resampy librosa matplotlib
    ENV/bin/pip install --no-deps torchvggish==0.2 panns-inference==0.1.1 torchlibrosa
    ENV/bin/python test/parity/encoder_references.py

These packages are not installed beside this project. No published weights are needed:
every tensor is drawn from a seed and its name, here and in the tests, so both sides
have the same weights in the published layout. Written are numbers of each vector and
versions.
"""

import json
import sys
import zlib
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import numpy as np
import torch

STORED = Path(__file__).with_name("encoder_references.json")
SEED, SHOWN = 20261130, 12


def weights_of(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, torch.Tensor]:
    """Return a tensor of each name, scaled so that signals keep their size."""
    found = {}
    for name, shape in shapes.items():
        rng = np.random.default_rng([SEED, zlib.crc32(name.encode())])
        values = rng.random(shape, dtype=np.float32) - np.float32(0.5)
        if name.endswith("running_var"):
            values = values + 1
        elif ".bn" in name or name.startswith("bn0") or name.endswith("bias"):
            values = values / 4 + float(name.endswith("weight"))
        else:  # variance 2 / inputs
            values *= np.float32(np.sqrt(24 / np.prod(shape[1:])))
        found[name] = torch.from_numpy(values)
    return found


def wave_of(rate: int) -> np.ndarray:
    """Return two and a half seconds of chirp and noise, (T,)."""
    times = np.arange(int(2.5 * rate)) / rate
    noise = np.random.default_rng(SEED).normal(0, 0.05, len(times))
    wave = 0.4 * np.sin(2 * np.pi * (200 + 900 * times) * times) + noise
    return wave.astype(np.float32)


def summary(vector: np.ndarray) -> list[float]:
    """Return the first numbers of a vector, and its norm."""
    return [*map(float, vector[:SHOWN]), float(np.linalg.norm(vector))]


def filled(network: torch.nn.Module, kept: tuple[str, ...] = ()) -> torch.nn.Module:
    """Give a network the drawn weights, but for tensors that it computes itself."""
    state = network.state_dict()
    shapes = {
        name: tuple(value.shape)
        for name, value in state.items()
        if not name.startswith(kept) and not name.endswith("tracked")
    }
    network.load_state_dict({**state, **weights_of(shapes)})
    return network.eval()


def main() -> None:
    """Compute and store the vectors."""
    from panns_inference.models import Cnn14
    from torchvggish import torchvggish, vggish_input

    found = {}
    network = filled(torchvggish._vgg(postprocess=False))
    network.embeddings = network.embeddings[:-1]  # as frechet-audio-distance does
    with torch.no_grad():
        windows = vggish_input.waveform_to_examples(wave_of(16000), 16000)
        vectors = network(windows).numpy()
    found["vggish"] = [summary(vector) for vector in vectors]
    for rate in (16000, 32000):
        size, hop = rate * 32 // 1000, rate // 100
        network = Cnn14(rate, size, hop, 64, 50, rate // 2, 527)
        network = filled(network, ("spectrogram_extractor", "logmel_extractor"))
        with torch.no_grad():
            given = torch.from_numpy(wave_of(rate))[None]
            out = network(given)
            logits = network.fc_audioset(out["embedding"])[0]
        found[f"panns_{rate}"] = [
            summary(out["embedding"][0].numpy()),
            summary(logits.numpy()),
        ]
        mel = network.state_dict()["logmel_extractor.melW"].double()
        found[f"mel_{rate}"] = [float(mel.sum()), float(mel.square().sum())]
    names = ("torch", "numpy", "torchvggish", "panns-inference", "torchlibrosa")
    versions = {name: metadata.version(name) for name in names}
    content = {"seed": SEED, "versions": versions, "values": found}
    STORED.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
