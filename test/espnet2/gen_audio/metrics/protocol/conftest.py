"""Three small sets of sounds, and a protocol with every metric."""

import numpy as np
import pytest
import soundfile

RATE, SAMPLES, CLIPS = 16000, 10240, 16
PROTOCOL = """
text: a network of random weights, for tests
sample_rate: 16000
seconds: 0.64
ending: padded
paired: true
encoders:
  network:
    kind: onnx
    source: a test
    metrics: [kernel_distance, kad, frechet_distance, frechet_infinity, kl_softmax,
              kl_sigmoid, inception_score, precision, recall, density, coverage]
metrics: [mel_distance, stft_distance, si_sdr, loudness, clipping, silence, dc_offset,
          duration]
"""


def tone(number, noise=0.0):
    """Return a tone with an envelope of its own."""
    rng = np.random.default_rng(number)
    times = np.arange(SAMPLES) / RATE
    envelope = np.exp(-times * rng.uniform(1, 30)) * rng.uniform(0.1, 0.9)
    wave = envelope * np.sin(2 * np.pi * rng.uniform(100, 3000) * times)
    return wave + rng.normal(0, noise, SAMPLES) if noise else wave


def write_set(folder, waves, rate=RATE):
    """Write sounds and their wav.scp; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    for clip, wave in waves.items():
        soundfile.write(folder / f"{clip}.wav", wave, rate, subtype="FLOAT")
    scp = folder / "wav.scp"
    scp.write_text("".join(f"{clip} {folder / clip}.wav\n" for clip in waves))
    return scp


@pytest.fixture(scope="session")
def sets(tmp_path_factory, onnx_network):
    """Return a folder: recordings, the same sounds, noisy ones, protocol, network."""
    root = tmp_path_factory.mktemp("sets")
    names = [f"c{n:02}" for n in range(CLIPS)]
    write_set(root / "ref", {c: tone(n) for n, c in enumerate(names)})
    write_set(root / "same", {c: tone(n) for n, c in enumerate(names)})
    write_set(root / "noisy", {c: tone(n, 0.05) for n, c in enumerate(names)})
    (root / "text").write_text("".join(f"{c} a tone {c}\n" for c in names))
    (root / "every.yaml").write_text(PROTOCOL)
    (root / "network.onnx").write_bytes(onnx_network().read_bytes())
    return root


@pytest.fixture(scope="session")
def request_for(sets):
    """Return a function that makes requests on these sets."""
    from espnet2.gen_audio.metrics.protocol.options_of_run import RunOptions
    from espnet2.gen_audio.metrics.protocol.run import SetRequest
    from espnet2.gen_audio.metrics.protocol.sets import SetTables

    def make(output, *generated, protocol=None, draws=60, threads=1, **options):
        both = [f"{sets}/same/wav.scp", f"{sets}/noisy/wav.scp"]
        tables = SetTables(
            [str(one) for one in generated] or both,
            options.pop("reference", sets / "ref/wav.scp"),
            options.pop("text", None),
            options.pop("transcript", None),
        )
        part = options.pop("part", None)
        return SetRequest(
            tables,
            str(protocol or sets / "every.yaml"),
            RunOptions(output, draws, 0, threads, part),
            encoders=options.pop("encoders", [f"network={sets}/network.onnx"]),
            **options,
        )

    return make


@pytest.fixture(scope="session")
def found(request_for, tmp_path_factory):
    """Return the results of one run with every metric."""
    from espnet2.gen_audio.metrics.protocol.run import run_protocol

    output = tmp_path_factory.mktemp("found")
    return run_protocol(request_for(output, compared=("same", "noisy")))
