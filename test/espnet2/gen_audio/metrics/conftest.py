"""A real voice for metrics of speech, and a small evaluation for metrics of sounds."""

from pathlib import Path

import numpy as np
import pytest

CLASSES = ("bell", "drum")
CENTRE = {"bell": 3.0, "drum": -3.0}
BLOCKS = (3, 2)


@pytest.fixture(scope="session")
def digits():
    """Return the file of a voice with the transcript six, four, seven."""
    return Path(__file__).parents[3] / "sounds/six_four_seven.flac"


@pytest.fixture(scope="session")
def features():
    """Return a function that makes features around one centre a class."""
    from espnet2.gen_audio.metrics.encoders.clip_features import ClipFeatures

    def make(class_of, seed=0, spread=0.5):
        rng = np.random.default_rng(seed)
        rows = np.array([[CENTRE[name]] * sum(BLOCKS) for name in class_of.values()])
        rows = rows + rng.normal(0, spread, rows.shape)
        digests = [f"{seed}{clip}" for clip in class_of]
        size = BLOCKS[0]
        return ClipFeatures(list(class_of), rows[:, :size], rows[:, size:], digests)

    return make


@pytest.fixture
def context(features):
    """Return an evaluation of 12 test clips, with one probe and 20 training clips."""
    from espnet2.gen_audio.metrics.evaluation.context import EvaluationContext
    from espnet2.gen_audio.metrics.evaluation.probe_set import Labelled, ProbeSet
    from espnet2.gen_audio.metrics.evaluation.sound_set import SoundSet
    from espnet2.gen_audio.metrics.functional.copying import nearest

    class_of = {f"t{name}{i}": name for name in CLASSES for i in range(6)}
    wavs = {clip: Path(clip) for clip in class_of}
    test = SoundSet(Path("test"), wavs, {}, class_of, {clip: clip for clip in class_of})
    train_classes = {f"r{name}{i}": name for name in CLASSES for i in range(10)}
    train = features(train_classes, seed=1)
    probes = ProbeSet(BLOCKS)
    same = {clip: clip for clip in train_classes}
    probes.add("probe_train", Labelled.of(train, train_classes, same, set(CLASSES)))
    reference = features(class_of, seed=2)
    distances = nearest(reference.embedding, train.embedding).distance
    return EvaluationContext(
        test, reference, probes, None, train, distances, draws=50, seed=0
    )


@pytest.fixture
def outputs_of(context):
    """Return a function that makes the outputs of a system from its features."""
    from espnet2.gen_audio.metrics.evaluation.context import SystemOutputs

    def make(by_seed, name="ours", test=None, **options):
        return SystemOutputs.of(name, by_seed, test or context.test, **options)

    return make


@pytest.fixture(scope="session")
def onnx_network(tmp_path_factory):
    """Return a function that writes a network of samples (1, 10240) as an ONNX file."""

    def make(name="network.onnx", outputs=("embedding", "logits"), seed=0):
        import onnx
        from onnx import TensorProto, helper, numpy_helper

        rng = np.random.default_rng(seed)
        tensors = {
            "parts": np.array([1, 16, 640]),
            "axes": np.array([2]),
            "embedding_weights": rng.normal(0, 3, (16, 6)).astype(np.float32),
            "logits_weights": rng.normal(0, 40, (16, 5)).astype(np.float32),
        }
        nodes = [
            helper.make_node("Abs", ["wave"], ["size"]),
            helper.make_node("Reshape", ["size", "parts"], ["cut"]),
            helper.make_node("ReduceMean", ["cut", "axes"], ["level"], keepdims=0),
        ]
        nodes += [
            helper.make_node("MatMul", ["level", f"{out}_weights"], [out])
            for out in outputs
        ]
        shape = helper.make_tensor_value_info
        graph = helper.make_graph(
            nodes,
            "network",
            [shape("wave", TensorProto.FLOAT, [1, 10240])],
            [shape(out, TensorProto.FLOAT, None) for out in outputs],
            [numpy_helper.from_array(v, k) for k, v in tensors.items()],
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10
        )
        path = tmp_path_factory.mktemp("onnx") / name
        onnx.save(model, path)
        return path

    return make
