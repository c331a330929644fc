"""Files of protocols: all that are shipped are read, and what each refuses."""

from dataclasses import replace

import pytest

from espnet2.gen_audio.metrics.encoders.set_encoder import GIVEN
from espnet2.gen_audio.metrics.protocol.protocol import known_protocols, read_protocol


@pytest.mark.parametrize("name", known_protocols())
def test_every_shipped_protocol_is_read_and_says_where_its_weights_are(name):
    protocol = read_protocol(name)
    assert protocol.name == name and protocol.text
    for spec in protocol.encoders:
        assert spec.kind not in GIVEN or (spec.source and spec.licence)


@pytest.mark.parametrize("name", ["offline", "tts", "parts"])
def test_the_protocols_without_downloads_have_the_stated_weights(name):
    encoders = read_protocol(name).build({})
    assert all(one.sha256 for one in encoders)


def test_an_unknown_protocol_names_those_that_there_are():
    with pytest.raises(ValueError, match="no such protocol; use .*kad, offline"):
        read_protocol("fad")


def test_missing_weights_name_their_source_and_the_option():
    with pytest.raises(ValueError, match="Wavegram.*give --encoders panns_wglm_32k="):
        read_protocol("kad").build({})


def test_weights_of_another_digest_are_refused_with_both_digests(sets):
    protocol = read_protocol(str(sets / "every.yaml"))
    (spec,) = protocol.encoders
    stated = replace(protocol, encoders=(replace(spec, sha256="0" * 64),))
    with pytest.raises(ValueError, match="have the digest [0-9a-f]{64}.*states 0000"):
        stated.build({"network": sets / "network.onnx"})


def test_encoders_of_no_use_and_absent_paths_are_refused(sets):
    protocol = read_protocol(str(sets / "every.yaml"))
    with pytest.raises(ValueError, match="has no such encoder; it has network"):
        protocol.build({"other": sets})
    with pytest.raises(ValueError, match="there is no such path"):
        protocol.build({"network": sets / "absent.onnx"})


def test_a_network_without_classes_is_refused_for_their_metrics(sets, onnx_network):
    protocol = read_protocol(str(sets / "every.yaml"))
    with pytest.raises(ValueError, match="the metric kl_softmax needs class_scores"):
        protocol.build({"network": onnx_network(outputs=("embedding",))})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "has no keys"),
        ("{sample_rate: 1, text: a, encoders: {}, metrics: [fad]}", "'fad' is unknown"),
        ("{sample_rate: 1, text: a, encoders: {}, metrics: [kad]}", "under an encoder"),
        (
            "{sample_rate: 1, text: a, encoders: {a: {kind: b, metrics: []}}}",
            "kind 'b' is unknown",
        ),
        (
            "{sample_rate: 1, text: a, encoders: {a: {kind: onnx, metrics: [silence]"
            "}}}",
            "silence needs no encoder",
        ),
        ("{sample_rate: 1, text: a, encoders: {}, rate: 1}", "'rate'"),
        (
            "{sample_rate: 1, text: a, encoders: {}, rank_deficient: allow}",
            "'allow' is unknown",
        ),
    ],
)
def test_a_wrong_file_is_refused_by_name(text, message, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=f"mine.yaml: .*{message}"):
        read_protocol(str(path))
