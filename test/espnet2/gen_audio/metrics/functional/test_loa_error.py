"""LOA error: each guess by its definition, and refusals."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.functional.loa_error import loa_errors


def test_each_guess_has_the_error_of_its_definition():
    true = {"a": np.full((1, 2), 1.0), "b": np.full((1, 2), 5.0)}
    predicted = {"a": np.full((1, 2), 1.5), "b": np.full((1, 2), 4.0)}
    errors = loa_errors(predicted, true, np.full((1, 2), 3.0), {"a": "a", "b": "b"})
    assert errors == {"predicted": 0.75, "mean": 2.0, "other": 4.0, "zero": 3.0}


def test_captions_of_the_same_recording_are_no_other_clip():
    true = {"a1": np.ones((1, 1)), "a2": np.ones((1, 1)), "b": np.zeros((1, 1))}
    recordings = {"a1": "a", "a2": "a", "b": "b"}
    assert loa_errors(true, true, None, recordings)["other"] == 1.0


def test_missing_clips_and_nan_are_refused():
    with pytest.raises(ValueError, match="no true one: a"):
        loa_errors({"a": np.ones((1, 1))}, {}, None, {})
    with pytest.raises(ValueError, match="NaN"):
        loa_errors(
            {"a": np.full((1, 1), np.nan)}, {"a": np.ones((1, 1))}, None, {"a": "a"}
        )
