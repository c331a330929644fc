"""Align the middle features of a backbone with AudioMAE patches, in training only.

Shapes: B clips, R rows (``draws_per_clip`` rows for each clip, in succession), C'
channels of the middle, (T'', F'') its grid, P patches = time * frequency (time-major),
D features of a patch.
Source: U-REPA, arXiv:2503.18414: in a U-Net the middle stage is aligned, because skip
connections contain the information for the other stages. Its features are projected by
an MLP, as in REPA (arXiv:2410.06940), and upsampled to the patch grid of the encoder,
whose features are not pooled. Beside the cosine of each position, the similarities
between positions can be aligned. HASTE, arXiv:2505.16792, ends the alignment before the
training ends.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch.nn.functional import interpolate, normalize

from espnet2.gen_audio.choices import build_with
from espnet2.gen_audio.diffusion.backbone.abs_backbone import AbsBackbone
from espnet2.gen_audio.encoder.batch import refuse_padding

TARGET = "loa"  # name of the data with the patch features


class MiddleAlignment(torch.nn.Module):
    """Projection head, and the error between its output and the patches of the clips.

    The targets are the dumped patches of the batch, also if the LOA condition is
    dropped, pooled or predicted. The head is saved with the checkpoints of the
    training. It is not averaged and not used in generation.

    Args:
        backbone: The network to align; only its sizes are used.
        patch_width: Features D of a patch.
        weight: Factor of the alignment error in the training loss.
        width: Width of the hidden layers of the head.
        manifold: Factor of the squared differences between the similarities of all
            pairs of positions of a clip; 3 in U-REPA. If 0, the error consists of the
            cosines only.
        until: Fraction of the epochs with alignment; 1 for all epochs.

    Raises:
        ValueError: If the backbone has no middle features, or a number is out of range.
    """

    def __init__(
        self,
        backbone: AbsBackbone,
        patch_width: int,
        weight: float = 0.5,
        width: int = 256,
        manifold: float = 0.0,
        until: float = 1.0,
    ):
        super().__init__()
        middle = backbone.middle
        if middle is None:
            raise ValueError(
                f"alignment_conf was given, but {type(backbone).__name__} has no "
                "middle features; remove it, or choose another backbone"
            )
        if not 0.0 < weight < float("inf") or not 0.0 <= manifold < float("inf"):
            raise ValueError(
                f"alignment_conf: weight {weight} must be above 0 and manifold "
                f"{manifold} at least 0, both finite; remove alignment_conf to "
                "train without alignment"
            )
        if width < 1 or patch_width < 1 or not 0.0 < until <= 1.0:
            raise ValueError(
                f"alignment_conf: width {width} and patch_width {patch_width} must be "
                f"at least 1 and until {until} above 0 and at most 1"
            )
        self.weight, self.manifold, self.until = weight, manifold, until
        self.grid = (backbone.geometry.time_patches, backbone.geometry.freq_patches)
        self.done = 0.0
        _, channels = middle
        self.head = torch.nn.Sequential(
            torch.nn.Linear(channels, width),
            torch.nn.SiLU(),
            torch.nn.Linear(width, width),
            torch.nn.SiLU(),
            torch.nn.Linear(width, patch_width),
        )

    @contextlib.contextmanager
    def measured(
        self,
        backbone: AbsBackbone,
        data: Mapping[str, Any],
        utt_id: Sequence[str] | None,
    ) -> Iterator[list[torch.Tensor]]:
        """Return a context in which the error of every forward pass is measured.

        It is measured in validation, and in training until alignment ends.

        Args:
            backbone: The network.
            data: Data of the batch, with the patch features.
            utt_id: Ids of the clips, for messages.

        Yields:
            List to which each forward pass appends its error, (B,).
        """
        errors: list[torch.Tensor] = []
        if self.training and self.done >= self.until:
            yield errors
            return
        patches = self._targets(data, utt_id)
        module, _ = backbone.middle
        hook = module.register_forward_hook(
            lambda _module, _given, features: errors.append(
                self.error(features, patches)
            )
        )
        try:
            yield errors
        finally:
            hook.remove()

    def error(self, features: torch.Tensor, patches: torch.Tensor) -> torch.Tensor:
        """Return the alignment error of one forward pass.

        Args:
            features: Middle features, (R, C', T'', F'').
            patches: Patch features, (B, P, D).

        Returns:
            One minus the cosine, averaged over positions, plus ``manifold`` times the
            error of the similarities; averaged over the rows of each clip, (B,).
        """
        shape = features.shape[2:]
        projected = self.head(features.flatten(2).transpose(1, 2))  # (R, T'' F'', D)
        image = projected.transpose(1, 2).unflatten(2, shape).float()
        image = interpolate(image, self.grid, mode="bilinear", align_corners=False)
        own = normalize(image.flatten(2).transpose(1, 2), dim=2)  # (R, P, D)
        draws = len(features) // len(patches)
        target = normalize(patches.detach().float(), dim=2)
        target = target.repeat_interleave(draws, dim=0)
        error = 1.0 - (own * target).sum(dim=2).mean(dim=1)
        if self.manifold:
            difference = own @ own.transpose(1, 2) - target @ target.transpose(1, 2)
            error = error + self.manifold * difference.square().mean(dim=(1, 2))
        return error.unflatten(0, (-1, draws)).mean(dim=1)

    def add_to(
        self, loss: torch.Tensor, errors: Sequence[torch.Tensor]
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Add the alignment error to the loss of a training step.

        In validation the loss does not change.

        Args:
            loss: Diffusion loss of each clip, (B,).
            errors: Errors of every forward pass, (B,) each; empty after alignment has
                ended.

        Returns:
            Loss of each clip, (B,), and ``alignment`` for the log, if measured.
        """
        if not errors:
            # data-parallel training refuses weights that do not affect the loss
            return loss + 0.0 * sum(w.sum() for w in self.parameters()), {}
        error = torch.stack(list(errors)).mean(dim=0)
        if self.training:
            loss = loss + self.weight * error
        return loss, {"alignment": error.detach().mean()}

    def _targets(
        self, data: Mapping[str, Any], utt_id: Sequence[str] | None
    ) -> torch.Tensor:
        """Return the patch features of a batch, (B, P, D); refuse pooled ones."""
        patches = data.get(TARGET)
        if patches is None:
            raise ValueError(
                f"alignment_conf needs '{TARGET}' in the data and got {sorted(data)}; "
                "give the dump of stage dump_loa, or remove alignment_conf"
            )
        refuse_padding(TARGET, patches, data.get(f"{TARGET}_lengths"), utt_id)
        wanted = (self.grid[0] * self.grid[1], self.head[-1].out_features)
        if tuple(patches.shape[1:]) != wanted:
            raise ValueError(
                f"alignment_conf needs {TARGET} of {wanted[0]} patches with "
                f"{wanted[1]} features, and got {tuple(patches.shape[1:])}; dump "
                "without --loa_factor, with the AudioMAE of this config"
            )
        return patches


def build_alignment(
    config: Mapping[str, Any], backbone: AbsBackbone
) -> MiddleAlignment | None:
    """Build the alignment of a config.

    Args:
        config: A config with ``alignment_conf``, arguments of ``MiddleAlignment``; the
            default of ``patch_width`` is the width of the condition ``loa``.
        backbone: The network to align.

    Returns:
        The alignment with a newly initialised head; None without ``alignment_conf``.

    Raises:
        ValueError: If a key is unknown, a value does not fit, or the width of a patch
            is not known.
    """
    conf = dict(config.get("alignment_conf") or {})
    if not conf:
        return None
    conf.setdefault("patch_width", backbone.widths.get(TARGET))
    if conf["patch_width"] is None:
        raise ValueError(
            f"alignment_conf of a model without the condition {TARGET} lacks "
            "the AudioMAE's width; add patch_width to it, as in {patch_width: 768}"
        )
    return build_with(MiddleAlignment, "alignment_conf", conf, backbone)
