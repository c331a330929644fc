"""The network of the latent diffusion model: a U-Net that attends to LOA and text.

Shapes: B clips, C latent channels, T latent frames, F latent bins, L LOA tokens,
n text tokens, D features.
Source: AudioLDM 2, arXiv:2308.05734, section III-D; the layers are those of diffusers'
AudioLDM2UNet2DConditionModel.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from espnet2.gen_audio.conditioner.condition import Condition, Conditions
from espnet2.gen_audio.diffusion.overlay import LOAOverlay
from espnet2.gen_audio.feats.clip import ClipGeometry


class ConditionalUNet(torch.nn.Module):
    """Predict noise (or velocity, or the clean latent) from a noisy latent.

    At every attention position of the published layout stand a self-attention
    transformer, one that attends to the LOA, one that attends to the text states, and
    in the large model another self-attention transformer. With ``joined_dim`` there is
    one transformer only, attending to both conditions side by side after a linear
    layer each: half the cost, for small models; no published weights fit it.

    Args:
        latent_channels: Channels of the latent.
        channels: Width of each level, from the full resolution down.
        layers_per_block: Residual blocks of each level.
        attention: Whether each level has attention; every level but the first if None.
        loa_dim: Features of an LOA token; None for a model without LOA.
        tokens_dim: Features of a text state; None for a model without text.
        extra_self_attention: Add the fourth transformer of the large model.
        transformer_depth: Blocks in each transformer.
        head_dim: Features of one attention head; must divide the attending widths.
        joined_dim: Features after joining both conditions; None: published layout.
        film_dim: Features of a sentence vector that every residual block hears beside
            the step (FiLM, the published 48 kHz model); None for a model without.
        overlay_dim: Channels that say beside the latent what the LOA of each cell is,
            see ``LOAOverlay``; None: published layout.
        geometry: Of the clips, for the overlay.
        zero_start: Start residual branches and the output at zero, as published.

    Raises:
        ValueError: If the sizes do not fit each other.
    """

    def __init__(
        self,
        latent_channels: int = 8,
        channels: Sequence[int] = (128, 256, 384, 640),
        layers_per_block: int = 2,
        attention: Sequence[bool] | None = None,
        loa_dim: int | None = 768,
        tokens_dim: int | None = 1024,
        extra_self_attention: bool = False,
        transformer_depth: int = 1,
        head_dim: int = 32,
        joined_dim: int | None = None,
        film_dim: int | None = None,
        overlay_dim: int | None = None,
        geometry: ClipGeometry | None = None,
        zero_start: bool = True,
    ):
        super().__init__()
        from diffusers import AudioLDM2UNet2DConditionModel

        if attention is None:
            attention = [level > 0 for level in range(len(channels))]
        _refuse_sizes(channels, attention, head_dim, joined_dim, extra_self_attention)
        self.overlay = _overlay(geometry, loa_dim, overlay_dim)
        self.loa_dim = loa_dim
        self.tokens_dim = tokens_dim
        self.joined_dim = joined_dim
        self.film_dim = film_dim
        named = {"loa": loa_dim, "tokens": tokens_dim, "sentence": film_dim}
        self.widths = {name: dim for name, dim in named.items() if dim is not None}
        dims = [dim for dim in (loa_dim, tokens_dim) if dim is not None]
        if joined_dim is not None:
            self.loa_projection = _projection(loa_dim, joined_dim)
            self.tokens_projection = _projection(tokens_dim, joined_dim)
            contexts = [joined_dim if dims else None]
        else:
            contexts = [None, *dims, *([None] if extra_self_attention else [])]
        down = ["CrossAttnDownBlock2D" if on else "DownBlock2D" for on in attention]
        up = ["CrossAttnUpBlock2D" if on else "UpBlock2D" for on in attention]
        self.net = AudioLDM2UNet2DConditionModel(
            in_channels=latent_channels + (overlay_dim or 0),
            out_channels=latent_channels,
            block_out_channels=tuple(channels),
            layers_per_block=layers_per_block,
            down_block_types=tuple(down),
            up_block_types=tuple(reversed(up)),
            # one tuple a level: a flat tuple would be taken as one entry a level
            cross_attention_dim=tuple(tuple(contexts) for _ in channels),
            transformer_layers_per_block=transformer_depth,
            # diffusers means the NUMBER of heads by this name
            attention_head_dim=tuple(max(width // head_dim, 1) for width in channels),
            **_film_options(film_dim),
        )
        if zero_start:
            self._start_at_zero()

    def forward(
        self, noisy: torch.Tensor, step: torch.Tensor, conditions: Conditions
    ) -> torch.Tensor:
        """Return the prediction of one batch.

        Args:
            noisy: Noisy latent, (B, C, T, F).
            step: Diffusion step of each clip, (B,).
            conditions: Those in ``widths``, (B, L, width) each.

        Returns:
            The prediction, (B, C, T, F).

        Raises:
            ValueError: If a condition is missing, unexpected, or of another width.
        """
        _refuse_conditions(conditions, self.widths)
        first, second = self.attended(conditions)
        given = {}
        if "sentence" in conditions:
            given["class_labels"] = conditions["sentence"].embedding[:, 0]
        if first is not None:
            given["encoder_attention_mask"] = first.mask
        if second is not None:
            given["encoder_hidden_states_1"] = second.embedding
            given["encoder_attention_mask_1"] = second.mask
        states = None if first is None else first.embedding
        noisy = self.overlaid(noisy, conditions)
        return self.net(noisy, step, encoder_hidden_states=states, **given).sample

    def overlaid(self, noisy: torch.Tensor, conditions: Conditions) -> torch.Tensor:
        """Put the LOA beside a latent, if the network is one that hears it there.

        Args:
            noisy: Noisy latent, (B, C, T, F).
            conditions: Those of the clips.

        Returns:
            What the first convolution takes, (B, C + ``overlay_dim``, T, F).
        """
        if self.overlay is None:
            return noisy
        beside = self.overlay(conditions["loa"].embedding, noisy.shape[2])
        return torch.cat([noisy, beside.to(noisy.dtype)], dim=1)

    def attended(
        self, conditions: Conditions
    ) -> tuple[Condition | None, Condition | None]:
        """Return what the first and the second cross-attention attend to.

        Args:
            conditions: Those of the clips.

        Returns:
            The conditions, None where there is no such cross-attention.
        """
        loa, tokens = conditions.get("loa"), conditions.get("tokens")
        if self.joined_dim is not None:
            return self._join(loa, tokens), None
        # without LOA the text comes first
        return (loa, tokens) if loa is not None else (tokens, None)

    def _join(
        self, loa: Condition | None, tokens: Condition | None
    ) -> Condition | None:
        """Put the projected conditions side by side, (B, L + n, joined_dim)."""
        parts = []
        if loa is not None:
            parts.append((self.loa_projection(loa.embedding), loa.mask))
        if tokens is not None:
            parts.append((self.tokens_projection(tokens.embedding), tokens.mask))
        if not parts:
            return None
        embeddings, masks = zip(*parts)
        return Condition(torch.cat(embeddings, dim=1), torch.cat(masks, dim=1))

    @torch.no_grad()
    def _start_at_zero(self) -> None:
        """Set to zero what the published network starts at zero."""
        for name, weight in self.net.named_parameters():
            last = name.rsplit(".", 2)[-2]
            residual = last == "conv2" and ".resnets." in name
            transformer = last == "proj_out" and ".attentions." in name
            if residual or transformer or last == "conv_out":
                weight.zero_()


def _projection(dim: int | None, joined_dim: int) -> torch.nn.Linear | None:
    """Return the layer that brings one condition to the common width."""
    return None if dim is None else torch.nn.Linear(dim, joined_dim)


def _overlay(
    geometry: ClipGeometry | None, loa_dim: int | None, overlay_dim: int | None
) -> LOAOverlay | None:
    """Return what lays LOA over the latent."""
    if overlay_dim is None:
        return None
    if geometry is None or loa_dim is None:
        raise ValueError(
            f"overlay_dim {overlay_dim} lays LOA over the latent, but there is no "
            f"{'geometry' if geometry is None else 'LOA'}; leave it out"
        )
    return LOAOverlay(geometry, loa_dim, overlay_dim)


def _film_options(film_dim: int | None) -> dict[str, Any]:
    """Return what makes diffusers' network append a projected vector to the step's."""
    if film_dim is None:
        return {}
    return {
        "class_embed_type": "simple_projection",
        "class_embeddings_concat": True,
        "projection_class_embeddings_input_dim": film_dim,
    }


def _refuse_sizes(
    channels: Sequence[int],
    attention: Sequence[bool],
    head_dim: int,
    joined_dim: int | None,
    extra_self_attention: bool,
) -> None:
    """Refuse widths that the layers cannot take, before diffusers does so obscurely."""
    if len(attention) != len(channels):
        raise ValueError(
            f"attention {list(attention)} has {len(attention)} entries, but channels "
            f"{list(channels)} has {len(channels)}; give one truth value a level"
        )
    for level, width in enumerate(channels):
        # the middle block always attends, at the last level's width
        attends = attention[level] or level == len(channels) - 1
        if width % 32 or (attends and width % head_dim):
            raise ValueError(
                f"width {width} of level {level} must be a multiple of 32 (group "
                f"norm) and, where it attends, of head_dim {head_dim}"
            )
    if joined_dim is not None and extra_self_attention:
        raise ValueError(
            "joined_dim is the layout with one transformer a position; "
            "extra_self_attention belongs to the published layout: choose one"
        )


def _refuse_conditions(given: Conditions, widths: Mapping[str, int]) -> None:
    """Refuse conditions that the network was not built for."""
    if given.keys() != widths.keys():
        raise ValueError(
            f"conditions {sorted(given)} were given, but the U-Net was built for "
            f"{sorted(widths)}; give the null condition to leave one out"
        )
    for name, width in widths.items():
        if given[name].embedding.shape[2] != width:
            raise ValueError(
                f"condition {name} of width {given[name].embedding.shape[2]} was given,"
                f" but the U-Net was built for {width}; set it in unet_conf to the "
                "encoder's width"
            )
