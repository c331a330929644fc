"""The interface of recognisers, which both implementations satisfy."""

import inspect

import pytest

from espnet2.gen_audio.metrics.speech_evaluation.espnet_recogniser import (
    EspnetRecogniser,
)
from espnet2.gen_audio.metrics.speech_evaluation.recogniser import (
    CLOSED,
    ESPNET,
    OPEN,
    Recogniser,
)
from espnet2.gen_audio.metrics.speech_evaluation.whisper import Whisper


@pytest.mark.parametrize("recogniser", [Whisper, EspnetRecogniser])
def test_a_recogniser_is_called_as_the_interface_says(recogniser):
    assert inspect.signature(recogniser.__call__) == inspect.signature(
        Recogniser.__call__
    )
    assert recogniser.batch >= 1


def test_names_in_records_are_those_of_earlier_releases():
    assert (CLOSED, OPEN, ESPNET) == ("closed", "open", "espnet")
