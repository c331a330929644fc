"""ESPnet's preprocessor from captions to unit ids."""

import numpy as np

from espnet2.gen_audio.conditioner.units import TextUnits


class CaptionPreprocessor:
    """Replace the text under ``caption`` by its unit ids; other keys stay.

    It is a plain callable and no subclass of ESPnet's ``AbsPreprocessor``, whose
    module takes seconds to import; ESPnet's datasets ask for a callable only.

    Args:
        train: ESPnet's flag; captions are the same in training and validation.
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

        ESPnet may call this twice, or on a part of the keys: a caption that is not
        there, or is converted already, is left as it is.

        Args:
            uid: Utterance id, for messages.
            data: Values of the example; ``caption`` is a string.

        Returns:
            The example with ``caption`` as int64 ids, (N,), the end unit last.
        """
        if isinstance(data.get(self.name), str):
            data[self.name] = np.array(self.units.encode(data[self.name]), np.int64)
        return data
