"""ESPnet's preprocessor from captions to unit ids."""

import numpy as np

from espnet2.gen_audio.text.caption_units import TextUnits


class CaptionPreprocessor:
    """Replace the text under ``caption`` by its unit ids; keep all other keys.

    It is a plain callable and no subclass of ESPnet's ``AbsPreprocessor``, whose module
    takes seconds to import; ESPnet's datasets accept any callable.

    Args:
        train: ESPnet's flag, unused: training and validation process captions alike.
        units: The units that the model was built with.
    """

    name = "caption"

    def __init__(self, train: bool, units: TextUnits):
        self.train = train
        self.units = units

    def __call__(
        self, uid: str, data: dict[str, str | np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Convert one example.

        ESPnet may call this method twice, or with some of the keys only. A caption that
        is absent or converted already is not changed.

        Args:
            uid: Utterance id, for messages.
            data: Values of the example; ``caption`` is a string.

        Returns:
            The example with ``caption`` as int64 ids, (N,), the end unit last.
        """
        if isinstance(data.get(self.name), str):
            data[self.name] = np.array(self.units.encode(data[self.name]), np.int64)
        return data
