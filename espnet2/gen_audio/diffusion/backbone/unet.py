"""The U-Net of AudioLDM 2: cross-attention, FiLM and channels for its conditions.

A condition with the role ``time`` is added to the sinusoidal encoding of the time by a
linear layer that starts at zero (diffusers: ``timestep_cond``), so that a new condition
of this kind does not change a trained network.

Shapes: B clips, C latent channels, T latent frames, F latent bins, L positions of a
condition, D features.
Source: AudioLDM 2, arXiv:2308.05734, section III-D; the layers are those of diffusers'
AudioLDM2UNet2DConditionModel.
"""

from collections.abc import Sequence

import torch

from espnet2.gen_audio.condition.condition import Condition, Conditions
from espnet2.gen_audio.condition.spec import ConditionSpec, Role, with_role
from espnet2.gen_audio.diffusion.backbone.abs_backbone import AbsBackbone
from espnet2.gen_audio.diffusion.backbone.channels import ConditionChannels
from espnet2.gen_audio.diffusion.backbone.unet_sizes import (
    film_options,
    head_dims_of,
    levels,
    refuse_both,
    refuse_levels,
    refuse_widths,
    time_options,
)
from espnet2.gen_audio.diffusion.published_conditions import module_name
from espnet2.gen_audio.feats.clip import ClipGeometry

SEPARATE = 2  # number of conditions with their own cross-attention in diffusers' U-Net


class ConditionalUNet(AbsBackbone):
    """Predict noise (or velocity, or the clean latent) from a noisy latent.

    Channels and (time, frequency) of each level at the published size, for a clip of
    10.24 s; * marks levels with attention::

        in      8 (256, 16)
        down  128 (256, 16)   256 (128, 8) *   384 (64, 4) *   640 (32, 2) *
        middle                                                 640 (32, 2) *
        up    640 (32, 2) *   384 (64, 4) *    256 (128, 8) *  128 (256, 16)
        out     8 (256, 16)

    The outputs of the down blocks of a level are further inputs of its up blocks.

    Attention in the published layout: a self-attention transformer, a cross-attention
    transformer for each condition with that role (at most two) and, in the large model,
    a second self-attention transformer. With ``joined_dim`` there is only one
    transformer. It attends to one sequence of all conditions, each projected by a
    linear layer. This layout is for small models and has half the cost; no published
    weights have it.

    Args:
        specs: The conditions; those with cross-attention in the order of the
            transformers.
        geometry: Geometry of the clips.
        latent_channels: Channels of the latent; the geometry's if None.
        channels: Channels of each level, from the full resolution down.
        layers_per_block: Residual blocks per level.
        attention: Whether each level has attention; every level but the first if None.
        extra_self_attention: Whether to add the second self-attention transformer.
        transformer_depth: Blocks in each transformer.
        head_dim: Features of one attention head; must divide the channels of levels
            with attention.
        heads: Attention heads of each level, instead of ``head_dim``.
        joined_dim: Width to which conditions are projected before they are joined;
            None for the published layout.
        zero_start: Whether to initialise the last layer of each residual branch and the
            output layer with zeros, as published.
        norm_num_groups: Groups of every group normalisation; must divide the widths.
        norm_eps: Number that group normalisations of residual blocks add to the
            variance.
        act_fn: Activation of residual blocks, by diffusers' name.
        flip_sin_to_cos: Whether cosines come first in the time encoding.
        freq_shift: diffusers' ``freq_shift`` of the time encoding: with 1, its lowest
            frequency is 1 / 10000; with 0, as published, slightly higher.

    Raises:
        ValueError: If the sizes do not fit each other.
    """

    roles = frozenset({Role.CROSS_ATTENTION, Role.EMBEDDING, Role.CHANNELS, Role.TIME})

    def __init__(
        self,
        specs: Sequence[ConditionSpec],
        geometry: ClipGeometry,
        *,
        latent_channels: int | None = None,
        channels: Sequence[int] = (128, 256, 384, 640),
        layers_per_block: int = 2,
        attention: Sequence[bool] | None = None,
        extra_self_attention: bool = False,
        transformer_depth: int = 1,
        head_dim: int = 32,
        heads: Sequence[int] | None = None,
        joined_dim: int | None = None,
        zero_start: bool = True,
        norm_num_groups: int = 32,
        norm_eps: float = 1e-5,
        act_fn: str = "silu",
        flip_sin_to_cos: bool = True,
        freq_shift: int = 0,
    ):
        super().__init__(specs, geometry)
        from diffusers import AudioLDM2UNet2DConditionModel

        latent_channels = latent_channels or geometry.latent_channels
        if attention is None:
            attention = [level > 0 for level in range(len(channels))]
        sizes = head_dims_of(channels, heads, head_dim)
        refuse_levels(channels, "attention", attention)
        refuse_widths(channels, attention, sizes, norm_num_groups)
        refuse_both(joined_dim, extra_self_attention)
        self.joined_dim = joined_dim
        for spec in with_role(specs, Role.CHANNELS):
            name = module_name(spec.name, Role.CHANNELS)
            self.add_module(name, ConditionChannels(geometry, spec))
        contexts = self._contexts(extra_self_attention)
        self.net = AudioLDM2UNet2DConditionModel(
            in_channels=latent_channels + sum(spec.num_channels for spec in specs),
            out_channels=latent_channels,
            layers_per_block=layers_per_block,
            transformer_layers_per_block=transformer_depth,
            norm_num_groups=norm_num_groups,
            norm_eps=norm_eps,
            act_fn=act_fn,
            flip_sin_to_cos=flip_sin_to_cos,
            freq_shift=freq_shift,
            **levels(channels, attention, contexts, sizes),
            **film_options(with_role(specs, Role.EMBEDDING)),
            **time_options(with_role(specs, Role.TIME)),
        )
        self._start_at_zero(everywhere=zero_start)

    def forward(
        self, noisy: torch.Tensor, time: torch.Tensor, conditions: Conditions
    ) -> torch.Tensor:
        """Return the prediction of one batch; see ``AbsBackbone``.

        Args:
            noisy: Noisy latent, (B, C, T, F).
            time: Time of each clip, (B,).
            conditions: The conditions of ``specs``, (B, L, width) each.

        Returns:
            The prediction, (B, C, T, F).
        """
        self.refuse_conditions(conditions)
        first, second = self.attended(conditions)
        given = {}
        vector = self.time_vector(conditions)
        if vector is not None:
            given["class_labels"] = vector
        if first is not None:
            given["encoder_attention_mask"] = first.mask
        if second is not None:
            given["encoder_hidden_states_1"] = second.embedding
            given["encoder_attention_mask_1"] = second.mask
        given["timestep_cond"] = self.time_addition(conditions)
        states = None if first is None else first.embedding
        noisy = self.with_channels(noisy, conditions)
        return self.net(noisy, time, encoder_hidden_states=states, **given).sample

    @property
    def multiple(self) -> int:
        """Latent frames should be a multiple of this; all but one level halve them."""
        return 2 ** (len(self.net.config.block_out_channels) - 1)

    @property
    def middle(self) -> tuple[torch.nn.Module, int]:
        """Block at the lowest resolution, (B, C', T / multiple, F / multiple)."""
        return (
            self.net.get_submodule("mid_block"),
            self.net.config.block_out_channels[-1],
        )

    @property
    def concatenates(self) -> bool:
        """Whether a condition is concatenated to the latent as channels."""
        return bool(with_role(self.specs, Role.CHANNELS))

    def with_channels(
        self, noisy: torch.Tensor, conditions: Conditions
    ) -> torch.Tensor:
        """Concatenate the conditions with the role ``channels`` to a latent.

        Args:
            noisy: Noisy latent, (B, C, T, F).
            conditions: Conditions of the clips, by name.

        Returns:
            Input of the first convolution, (B, C + channels of the specs, T, F).
        """
        beside = []
        for spec in with_role(self.specs, Role.CHANNELS):
            place = self.get_submodule(module_name(spec.name, Role.CHANNELS))
            beside.append(place(conditions[spec.name], noisy.shape[2]).to(noisy.dtype))
        return torch.cat([noisy, *beside], dim=1) if beside else noisy

    def attended(
        self, conditions: Conditions
    ) -> tuple[Condition | None, Condition | None]:
        """Return the conditions of the first and the second cross-attention.

        Args:
            conditions: Conditions of the clips, by name.

        Returns:
            Both conditions; None for a cross-attention that does not exist.
        """
        specs = with_role(self.specs, Role.CROSS_ATTENTION)
        given = [conditions[spec.name] for spec in specs]
        if self.joined_dim is not None and given:
            given = [self._joined(given)]
        first, second = (*given, None, None)[:SEPARATE]
        return first, second

    def time_vector(self, conditions: Conditions) -> torch.Tensor | None:
        """Return the vectors concatenated to the time embedding, (B, D), or None."""
        return self._vectors(Role.EMBEDDING, conditions)

    def time_addition(self, conditions: Conditions) -> torch.Tensor | None:
        """Return the vectors added to the encoding of the time, (B, D), or None."""
        return self._vectors(Role.TIME, conditions)

    def _vectors(self, role: Role, conditions: Conditions) -> torch.Tensor | None:
        """Join the first positions of the conditions with a role, (B, D), or None."""
        specs = with_role(self.specs, role)
        vectors = [conditions[spec.name].embedding[:, 0] for spec in specs]
        return torch.cat(vectors, dim=1) if vectors else None

    def _contexts(self, extra_self_attention: bool) -> list[int | None]:
        """Return the width that each transformer attends to; None: self-attention."""
        specs = with_role(self.specs, Role.CROSS_ATTENTION)
        if self.joined_dim is not None:
            for spec in specs:
                name = module_name(spec.name, Role.CROSS_ATTENTION)
                self.add_module(name, torch.nn.Linear(spec.width, self.joined_dim))
            return [self.joined_dim if specs else None]
        if len(specs) > SEPARATE:
            raise ValueError(
                f"conditions {', '.join(spec.name for spec in specs)} have the role "
                f"cross_attention, but the published layout has layers for {SEPARATE}; "
                "set joined_dim, or give some of them another role"
            )
        dims = [spec.width for spec in specs]
        return [None, *dims, *([None] if extra_self_attention else [])]

    def _joined(self, given: Sequence[Condition]) -> Condition:
        """Project the conditions and concatenate them, (B, sum of L, joined_dim)."""
        specs = with_role(self.specs, Role.CROSS_ATTENTION)
        names = [module_name(spec.name, Role.CROSS_ATTENTION) for spec in specs]
        embeddings = [
            self.get_submodule(name)(condition.embedding)
            for name, condition in zip(names, given)
        ]
        masks = [condition.mask for condition in given]
        return Condition(torch.cat(embeddings, dim=1), torch.cat(masks, dim=1))

    @torch.no_grad()
    def _start_at_zero(self, everywhere: bool) -> None:
        """Initialise conditions of the role ``time`` with zeros, or all such layers."""
        for name, weight in self.net.named_parameters():
            last = name.rsplit(".", 2)[-2]
            residual = last == "conv2" and ".resnets." in name
            transformer = last == "proj_out" and ".attentions." in name
            published = residual or transformer or last == "conv_out"
            if last == "cond_proj" or (everywhere and published):
                weight.zero_()
