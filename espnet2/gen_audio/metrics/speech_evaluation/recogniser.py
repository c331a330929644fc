"""The interface of speech recognisers, so that metrics do not depend on one of them.

Shapes: T samples at 16 kHz.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

RATE = 16000  # hertz, of all recognisers and predictors here
# names of recognisers in records: closed vocabulary, open vocabulary, ESPnet's own
CLOSED, OPEN, ESPNET = "closed", "open", "espnet"


class Recogniser(Protocol):
    """Transcribes clips.

    Attributes:
        name: Name and version, for the table of results.
        version: Text that changes whenever stored texts become invalid.
        batch: Number of clips per call.
    """

    name: str
    version: str
    batch: int

    def __call__(
        self, waves: Sequence[np.ndarray], words: Sequence[str] = ()
    ) -> list[str]:
        """Return the text of each clip.

        Args:
            waves: Samples of each clip, (T,).
            words: The closed vocabulary; empty for an open one.

        Returns:
            One text per clip.
        """
        ...
