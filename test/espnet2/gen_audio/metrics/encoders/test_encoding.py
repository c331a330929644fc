"""Digests of weights: content counts, and in a folder the names too."""

import hashlib

from espnet2.gen_audio.metrics.encoders.encoding import file_digest, folder_digest


def test_a_digest_is_that_of_the_content(tmp_path):
    (tmp_path / "a").write_bytes(b"one")
    assert file_digest(tmp_path / "a") == hashlib.sha256(b"one").hexdigest()
    first = folder_digest(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert folder_digest(tmp_path) != first
