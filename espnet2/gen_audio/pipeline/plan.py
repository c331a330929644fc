"""What is to be made of one request, in terms of frames, LOA and latents.

Shapes: C channels, T' latent frames, F' latent bins, W windows, L LOA tokens, D
features.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from espnet2.gen_audio.pipeline.lengths import Frames
from espnet2.gen_audio.pipeline.ranking import Candidate


@dataclass(frozen=True)
class Plan:
    """One sound to make.

    Attributes:
        samples: Length of what the models make.
        frames: Its latent frames and windows.
        finish: What turns the models' waveform into the result.
        loa: LOA of a given sound for every window, (W, L, D); None without.
        share: How much of each token is that of the given sound, (W, L), the rest being
            what the language model makes of the caption.
        chained: Whether the LOA of a window continues that of the window before, of
            which it shares half; else all windows have the first one's prediction.
        known: Latent of a given sound, as the diffusion model knows it, (C, T', F').
        keep: Share of the steps for which that latent stays, (T', F').
        strength: Share of the noise schedule that is run.
    """

    samples: int
    frames: Frames
    finish: Callable[[torch.Tensor], Candidate] = Candidate
    loa: torch.Tensor | None = None
    share: torch.Tensor | None = None
    chained: bool = False
    known: torch.Tensor | None = None
    keep: torch.Tensor | None = None
    strength: float = 1.0

    @property
    def needs_language_model(self) -> bool:
        """Whether a token of any window has to be predicted."""
        return self.chained or self.share is None or bool((self.share < 1.0).any())

    @property
    def kind(self) -> tuple:
        """What plans must have in common to be sampled in one batch."""
        return self.frames, self.known is None, self.strength
