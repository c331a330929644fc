"""Predicted mean opinion score (MOS) of a clip: 1 (bad) to 5.

Two predictors whose weights are in registry packages: DistillMOS (of any speech) and
DNSMOS P.835 (overall quality of speech with noise). They were trained on whole
sentences of real calls and vocoders. On short clips, only differences between rows of
the table are meaningful.

Shapes: T samples at 16 kHz.
Sources: DistillMOS, arXiv:2502.05356; DNSMOS P.835, arXiv:2110.01763.
"""

import contextlib
import io
from importlib import metadata
from typing import Protocol

import numpy as np

from espnet2.gen_audio.metrics.encoders.packaged_weights import (
    packaged_weights,
    require_library,
)
from espnet2.gen_audio.metrics.speech_evaluation.recogniser import RATE

DNSMOS_SAMPLES = 144160  # 9.01 s
# polynomial from the network's output to overall quality, highest power first
DNSMOS_CURVE = (-0.06766283, 1.11546468, 0.04602535)


class Predictor(Protocol):
    """Predicts the mean opinion score of a clip.

    Attributes:
        version: Text that changes whenever stored predictions become invalid.
    """

    version: str

    def __call__(self, wave: np.ndarray) -> float:
        """Return the predicted MOS of a clip, (T,)."""
        ...


class DistillMos:
    """DistillMOS; the constructor raises an error if its packages are missing."""

    def __init__(self) -> None:
        purpose = "DistillMOS"
        packaged_weights("distillmos", "weights/distill_mos_v7.pt", purpose)
        require_library("xls_r_sqa", purpose, "xls-r-sqa")
        with contextlib.redirect_stdout(io.StringIO()):  # the library prints a path
            from distillmos import ConvTransformerSQAModel

            self._model = ConvTransformerSQAModel().eval()
        self.version = metadata.version("distillmos")

    def __call__(self, wave: np.ndarray) -> float:
        """Return the predicted MOS of a clip, (T,)."""
        import torch

        with torch.inference_mode():
            batch = torch.as_tensor(wave, dtype=torch.float32)[None]
            return float(self._model(batch)[0])


class DnsMos:
    """Overall quality by DNSMOS P.835; short clips are repeated up to 9.01 s.

    Args:
        num_threads: Number of threads of one call.
    """

    def __init__(self, num_threads: int = 1):
        name = "dnsmos_models/sig_bak_ovr.onnx"
        weights = packaged_weights("speechmos", f"/{name}", "DNSMOS")
        require_library("onnxruntime", "DNSMOS")
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = num_threads
        self._session = onnxruntime.InferenceSession(
            str(weights), options, providers=["CPUExecutionProvider"]
        )
        self.version = metadata.version("speechmos")

    def __call__(self, wave: np.ndarray) -> float:
        """Return the predicted MOS of a clip, (T,), the mean over windows 1 s apart."""
        wave = np.asarray(wave, dtype=np.float32)
        while len(wave) < DNSMOS_SAMPLES:
            wave = np.concatenate([wave, wave])
        count = int(len(wave) // RATE - DNSMOS_SAMPLES / RATE) + 1
        windows = [wave[n * RATE : n * RATE + DNSMOS_SAMPLES] for n in range(count)]
        whole = [window for window in windows if len(window) == DNSMOS_SAMPLES]
        overall = [
            float(self._session.run(None, {"input_1": window[None]})[0][0][2])
            for window in whole
        ]
        return float(np.mean(np.polyval(DNSMOS_CURVE, overall)))
