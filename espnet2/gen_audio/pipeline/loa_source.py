"""The source of the LOA of a sound: predicted, given, zero, or a mixture.

Shapes: W windows, L LOA tokens, D features.
"""

from dataclasses import dataclass

import torch


@dataclass(frozen=True, eq=False)
class LOASource:
    """Source of the LOA that the diffusion model is conditioned on.

    Without arguments, the language model predicts it from the request's caption.

    Attributes:
        caption: Caption to predict the LOA from; the request's caption if None.
        utt_id: Id of that caption, which seeds the random draws of behaviour official;
            the id of the request if None.
        given: LOA that is not predicted, such as the LOA of a recording: one for each
            window, (W, L, D), or one for all windows, (1, L, D).
        weight: Blend weight of every given token, (W, L) or (1, L): 1 means the given
            token, 0 the predicted token. The first tokens of weight 1 are the prefix
            from which all further tokens are predicted.
        continued: Whether the second half of a window's LOA is the prefix of the next
            window's LOA. If not, all windows have one predicted LOA.
        zero: Whether to use the null LOA of the diffusion model instead of a
            prediction.

    Raises:
        ValueError: If LOA and weight do not fit, or LOA is given together with
            ``zero``.
    """

    caption: str | None = None
    utt_id: str | None = None
    given: torch.Tensor | None = None
    weight: torch.Tensor | None = None
    continued: bool = False
    zero: bool = False

    def __post_init__(self) -> None:
        shapes = [
            None if each is None else tuple(each.shape[:2])
            for each in (self.given, self.weight)
        ]
        if shapes[0] != shapes[1] or (self.zero and self.given is not None):
            raise ValueError(
                f"LOA of (windows, tokens) {shapes[0]} with weights {shapes[1]} and "
                f"zero={self.zero} was given; give one weight per token with LOA"
            )

    @classmethod
    def of(cls, loa: torch.Tensor, weight: float = 1.0) -> "LOASource":
        """Build a source of given LOA, or of a mixture with predicted LOA.

        Args:
            loa: LOA of all windows, (L, D).
            weight: Blend weight of all tokens, above 0 and at most 1.

        Returns:
            The source.
        """
        return cls(given=loa[None], weight=torch.full((1, len(loa)), weight))

    @property
    def is_predicted(self) -> bool:
        """Whether the language model predicts any token."""
        if self.zero:
            return False
        return self.continued or self.weight is None or bool((self.weight < 1.0).any())

    @property
    def prefix_length(self) -> int:
        """Number of leading tokens of the first window that are given."""
        if self.weight is None:
            return 0
        mixed = (self.weight[0] < 1.0).nonzero()
        # one token is predicted even if all tokens of the first window are given
        return int(mixed[0]) if len(mixed) else self.weight.shape[1] - 1

    def blended(self, predicted: torch.Tensor) -> torch.Tensor:
        """Return the LOA of every window: predictions blended with the given LOA.

        Args:
            predicted: LOA of the windows, (W, L, D) or (1, L, D).

        Returns:
            LOA, (W, L, D) or (1, L, D).
        """
        if self.given is None or self.continued:
            return predicted
        weight = self.weight[:, :, None].to(predicted)
        return weight * self.given.to(predicted) + (1 - weight) * predicted


PREDICTED = LOASource()
ZERO = LOASource(zero=True)
