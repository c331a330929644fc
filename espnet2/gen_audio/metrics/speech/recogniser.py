"""The interface of speech recognisers, so that metrics do not care which one is used.

Shapes: T samples at 16 kHz.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

RATE = 16000  # hertz, of all recognisers and predictors here
# names of recognisers in records: with a closed and an open vocabulary, and ESPnet's
CLOSED, OPEN, ESPNET = "closed", "open", "espnet"


class Recogniser(Protocol):
    """Transcribes clips.

    Attributes:
        name: Name and version, for the table of results.
        version: What a stored text depends on.
        batch: Clips that it is given at once.
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
            words: The closed vocabulary; open when empty.

        Returns:
            One text a clip.
        """
        ...
