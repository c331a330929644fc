"""ESPnet's own recogniser, from an experiment of its ASR task.

Shapes: T samples at 16 kHz.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from espnet2.gen_audio.files.tensor_file import load_tensors


class EspnetRecogniser:
    """A recogniser that ESPnet trained; satisfies ``Recogniser``.

    Args:
        folder: Experiment folder with config.yaml and a model, or a file of weights
            in it.

    Raises:
        ValueError: If config.yaml or the model is missing.
    """

    batch = 1

    def __init__(self, folder: Path):
        weights = folder
        if folder.is_dir():
            found = [
                *folder.glob("valid.acc.ave.pth"),
                *folder.glob("valid.acc.best.pth"),
                *sorted(folder.glob("valid.*.pth")),
            ]
            weights = found[0] if found else folder / "valid.acc.ave.pth"
        config = weights.parent / "config.yaml"
        for file in (config, weights):
            if not file.is_file():
                raise ValueError(
                    f"--asr_model {folder}: there is no {file.name}; name the folder "
                    "that ESPnet's ASR task trained, or a file of weights in it"
                )
        load_tensors(
            weights, mmap=True
        )  # refuses a file that contains anything but tensors
        from espnet2.bin.asr_inference import Speech2Text

        self._recognise = Speech2Text(str(config), str(weights), device="cpu")
        digest = hashlib.sha256(config.read_bytes() + weights.read_bytes()).hexdigest()
        self.version = digest[:16]
        self.name = f"ESPnet {weights.parent.name}/{weights.name}"

    def __call__(
        self, waves: Sequence[np.ndarray], words: Sequence[str] = ()
    ) -> list[str]:
        """Transcribe clips.

        Args:
            waves: Samples of each clip at 16 kHz, (T,).
            words: Must be empty; there is no closed vocabulary.

        Returns:
            The best hypothesis of each clip.

        Raises:
            ValueError: If words are given.
        """
        if words:
            raise ValueError(
                f"ESPnet's recogniser has no closed vocabulary, {len(words)} words "
                "are given; use Whisper with them"
            )
        return [self._recognise(wave)[0][0] or "" for wave in waves]
