"""A clip's one vector: the mean of its frames."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.encoders.embedder import clip_mean


def test_it_is_the_mean_over_time_whatever_the_order():
    frames = np.array([[1.0, 4.0], [3.0, 0.0]], dtype=np.float32)
    np.testing.assert_allclose(clip_mean(frames), [2.0, 2.0])
    np.testing.assert_allclose(clip_mean(frames[::-1]), clip_mean(frames))


@pytest.mark.parametrize(
    "frames", [np.zeros((0, 4)), np.zeros(4), np.full((2, 2), np.nan)]
)
def test_what_is_no_embedding_is_refused(frames):
    with pytest.raises(ValueError, match="finite numbers"):
        clip_mean(frames)
