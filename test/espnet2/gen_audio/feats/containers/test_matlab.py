"""Matrices of MATLAB files, compared with what libsndfile writes."""

import io

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.feats.containers.matlab import matlab_matrix


def whole(container, subtype, channels=1, endian="LITTLE"):
    file = io.BytesIO()
    sound = np.zeros((1000, channels))
    soundfile.write(file, sound, 16000, subtype, endian=endian, format=container)
    return file.getvalue()


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("container", ["MAT4", "MAT5"])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("endian", ["LITTLE", "BIG"])
def test_the_samples_end_where_the_file_does(container, subtype, channels, endian):
    content = whole(container, subtype, channels, endian)
    extent = matlab_matrix(content[:4096])
    assert extent.first + extent.length == len(content)
    assert extent.length % (2000 * channels) == 0


@pytest.mark.parametrize("container", ["MAT4", "MAT5"])
def test_a_header_that_is_cut_does_no_harm(container):
    content = whole(container, "PCM_16")
    for length in range(0, 130, 13):
        extent = matlab_matrix(content[:length])
        assert extent is None or extent.first >= 0


def test_other_files_are_not_of_matlab():
    assert matlab_matrix(bytes(4096)) is None
    assert matlab_matrix(b"RIFF") is None
