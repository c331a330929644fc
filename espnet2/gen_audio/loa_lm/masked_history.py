"""A language model that predicts all LOA in one pass, from a masked history.

Shapes: B clips, L LOA tokens, K tokens of a prefix, D features. The published model
predicts each vector from the conditions and the vectors before it: true vectors in
training (teacher forcing), its own predictions in generation. In training it learns to
rely on the last vectors, so that small errors accumulate in generation; and for speech,
with 128 and more vectors, it does not learn to attend to the text. The predictions of a
regression head add no information, because they depend on conditions and prefix only.
``autoregressive: false`` in ``lm_conf`` therefore chooses this model. Its inputs are
zeros in training and in generation, except for the true vectors of a prefix, which
continuation needs.
"""

from typing import Any

import torch

from espnet2.gen_audio.loa_lm.lm import LOALanguageModel
from espnet2.gen_audio.loa_lm.sequence import SequenceLayout


class MaskedHistoryLanguageModel(LOALanguageModel):
    """Predict LOA vectors in one pass, from conditions and the vectors of a prefix.

    Weights and their names are those of ``LOALanguageModel``.

    Args:
        *sizes: Arguments of ``LOALanguageModel``.
        p_prefix: Probability that a training batch has a true prefix, of random length.
        **options: Further arguments of ``LOALanguageModel``.

    Raises:
        ValueError: If the probability is not from 0 to 1, or see ``LOALanguageModel``.
    """

    def __init__(self, *sizes: Any, p_prefix: float = 0.1, **options: Any):
        if not 0.0 <= p_prefix <= 1.0:
            raise ValueError(f"p_prefix {p_prefix} must be from 0 to 1")
        super().__init__(*sizes, **options)
        self.p_prefix = p_prefix

    def training_inputs(self, loa: torch.Tensor) -> tuple[torch.Tensor, int]:
        """Return the inputs of one batch: zeros, in training after a random prefix.

        Args:
            loa: True LOA, (B, L, D).

        Returns:
            True vectors of the prefix, then zeros, (B, L, D), and the length of the
            prefix: 0 without one, else 1 to L - 1.
        """
        # drawn on the CPU, whose state ESPnet sets at the start of each epoch
        draw = torch.rand(())
        length = int(torch.randint(1, loa.shape[1], ())) if loa.shape[1] > 1 else 0
        if not self.training or draw >= self.p_prefix:
            length = 0
        return mask_after(loa[:, :length], loa.shape[1]), length

    def continue_prefix(
        self,
        layout: SequenceLayout,
        prefix: torch.Tensor,
        num_tokens: int,
        use_cache: bool = True,
        noise: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Append LOA vectors to a prefix, all of them predicted in one pass.

        Args:
            layout: The sequence of conditions.
            prefix: LOA to continue, (B, K, D), K may be 0.
            num_tokens: Number L of LOA tokens, including the prefix.
            use_cache: Unused: one pass has no earlier keys and values.
            noise: See ``LOALanguageModel.generate``.

        Returns:
            LOA, beginning with the prefix, (B, L, D).
        """
        length = prefix.shape[1]  # K
        hidden, _ = self._run_once(layout, mask_after(prefix, num_tokens))
        following = self._sample_vectors(hidden[:, length:], noise, length)
        return torch.cat([prefix, following], dim=1)


def mask_after(prefix: torch.Tensor, num_tokens: int) -> torch.Tensor:
    """Extend a prefix by zeros.

    Args:
        prefix: True LOA vectors, (B, K, D).
        num_tokens: Length L of the result.

    Returns:
        The prefix, then zeros, (B, L, D).
    """
    return torch.nn.functional.pad(prefix, (0, 0, 0, num_tokens - prefix.shape[1]))
