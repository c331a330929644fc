"""Train the LOA language model: the loss, and the logged statistics.

Shapes: B clips, P AudioMAE patches, L LOA tokens, K tokens of a prefix, V vectors of a
condition, D features.
Source: AudioLDM 2, arXiv:2308.05734, section III. The paper states a squared error; the
authors' code and weights use the mean absolute error, counted twice (loss_weight 2).
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from espnet2.torch_utils.device_funcs import force_gatherable
from espnet2.train.abs_espnet_model import AbsESPnetModel
from torch.nn.functional import l1_loss, mse_loss

from espnet2.gen_audio.audiomae.loa import pool_to_tokens
from espnet2.gen_audio.compat import autocast, has_fast_bfloat16
from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.encoder.abs_text_encoder import TEXT_STATES, AbsTextEncoder
from espnet2.gen_audio.encoder.batch import read_condition
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.loa_lm.guided_attention import SAMPLES_NAME, GuidedAttention
from espnet2.gen_audio.loa_lm.lm import LOALanguageModel
from espnet2.gen_audio.ranks import smallest_over_ranks
from espnet2.gen_audio.seeding import generators_of, normal_of

LOSSES = {"l1": l1_loss, "mse": mse_loss}


class ESPnetLOALMModel(AbsESPnetModel):
    """Train GPT-2 to predict the LOA of a clip from its conditions.

    Args:
        lm: The language model; its width is the width of the LOA.
        geometry: Geometry of a clip, which determines the patch grid.
        loa_factor: Pooling factor of the target (8 published).
        loss_type: ``l1`` or ``mse``, for a regression head; a flow head has its own
            loss.
        loss_weight: Factor of the loss, for both heads.
        cpu_bfloat16: Whether to train in bfloat16 on a CPU with arithmetic in it
            (AVX512-BF16 or AMX).
        guided_attention_weight: Factor of the loss that aligns attention with the text,
            see ``guided_attention``; 0 published. If it is above 0, the batch needs
            ``num_samples``, and the language model needs ``attention: eager``.
        text_encoder: Encoder that is trained with the model and makes one of its
            conditions; if None, stored states are used.

    Attributes:
        num_tokens: Number of LOA tokens, L.

    Raises:
        ValueError: If the loss is unknown or the text encoder's width does not fit.
    """

    def __init__(
        self,
        lm: LOALanguageModel,
        geometry: ClipGeometry,
        loa_factor: int = 8,
        loss_type: str = "l1",
        loss_weight: float = 2.0,
        cpu_bfloat16: bool = False,
        guided_attention_weight: float = 0.0,
        text_encoder: AbsTextEncoder | None = None,
    ):
        super().__init__()
        if loss_type not in LOSSES:
            raise ValueError(
                f"loss_type {loss_type!r} is unknown; use one of {tuple(LOSSES)}"
            )
        if text_encoder is not None:
            made, wanted = text_encoder.condition, lm.condition_dims
            if text_encoder.width != wanted.get(made):
                raise ValueError(
                    f"the text encoder has width {text_encoder.width}, but "
                    f"condition_dims says {made}: {wanted.get(made)}; make them equal"
                )
        self.lm = lm
        self.text_encoder = text_encoder
        self.geometry = geometry
        self.loa_factor = loa_factor
        self.num_tokens = geometry.loa_tokens(loa_factor)
        self.loss_type = loss_type
        self.loss_weight = loss_weight
        self.cpu_bfloat16 = cpu_bfloat16
        self.guided_attention_weight = guided_attention_weight
        self.guided_attention = GuidedAttention()

    def forward(
        self,
        loa: torch.Tensor,
        loa_lengths: torch.Tensor | None = None,
        utt_id: Sequence[str] | None = None,
        **batch: Any,
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor], torch.Tensor]:
        """Return the loss of one batch.

        ``l1`` is the error of the mean prediction, which can be compared between heads.
        Validation also logs ``l1_rollout``, the error of LOA generated
        autoregressively, and ``l1_other``, the distance between the generated LOA and
        the LOA of another clip of the batch. If the model ignores captions, both are
        equal.

        Args:
            loa: Patch features (B, P, D), or LOA pooled by ``loa_factor`` (B, L, D).
            loa_lengths: Unused: all clips have equal length.
            utt_id: Ids of the clips; validation of a head that samples needs them.
            **batch: ``sentence`` (B, 1, D'), ``tokens`` (B, V, D''), ``caption`` (B, V)
                and their ``_lengths``, those that the model uses; others are ignored.

        Returns:
            The loss, the statistics to log, and the batch size as the loss's weight.
        """
        target = self.pool(loa)
        inputs, given = self.lm.training_inputs(target)
        with self._precision():
            conditions = self.conditions_of(batch)
            guided = self.training and self.guided_attention_weight > 0.0
            hidden, attentions = self.lm.forward_with_attentions(
                conditions, inputs, guided
            )
        hidden, wanted = hidden[:, given:], target[:, given:]
        hidden = hidden.to(torch.promote_types(hidden.dtype, torch.float32))
        predicted = self.lm.head.mean_of(hidden)
        loss = self.lm.head.loss(hidden, wanted, self._generators(utt_id))
        if loss is None:
            loss = LOSSES[self.loss_type](predicted, wanted)
        loss = self.loss_weight * loss
        stats = {"loss": loss.detach(), "l1": l1_loss(predicted, wanted).detach()}
        if guided:
            guide_loss = self._guide_loss(attentions, conditions, batch)
            loss = loss + self.guided_attention_weight * guide_loss
            stats["guide"] = guide_loss.detach()
        if not self.training:
            stats |= self._rollout_stats(conditions, target, utt_id)
        return force_gatherable((loss, stats, len(target)), loss.device)

    def collect_feats(
        self, loa: torch.Tensor, loa_lengths: torch.Tensor | None = None, **batch: Any
    ) -> dict[str, torch.Tensor]:
        """Return the pooled LOA, whose statistics ESPnet collects.

        Args:
            loa: See ``forward``.
            loa_lengths: Unused.
            **batch: Unused.

        Returns:
            ``loa`` (B, L, D) and ``loa_lengths`` (B,).
        """
        target = self.pool(loa)
        lengths = torch.full((len(target),), target.shape[1], device=target.device)
        return {"loa": target, "loa_lengths": lengths}

    def pool(self, loa: torch.Tensor) -> torch.Tensor:
        """Pool patch features to the LOA of this model.

        Args:
            loa: Patch features (B, P, D), or LOA pooled by ``loa_factor``.

        Returns:
            LOA, (B, L, D).
        """
        return pool_to_tokens(loa, self.geometry, self.loa_factor)

    def conditions_of(self, batch: Mapping[str, Any]) -> dict[str, Condition]:
        """Read this model's conditions from a batch.

        Args:
            batch: Collated batch of ESPnet, see ``forward``.

        Returns:
            One Condition per name in the model's ``condition_dims``.
        """
        return {
            spec.name: read_condition(spec.name, batch, self.text_encoder)
            for spec in self.lm.specs
        }

    def generate(
        self,
        conditions: Mapping[str, Condition],
        prefix: torch.Tensor | None = None,
        noise: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Predict the LOA of captions.

        Args:
            conditions: Conditions that ``conditions_of`` returns.
            prefix: LOA to continue, (B, K, D).
            noise: Noise that ``start_noise`` returns.

        Returns:
            LOA, (B, L, D); gradients flow unless the caller disables them.
        """
        return self.lm.generate(conditions, self.num_tokens, prefix, noise=noise)

    def start_noise(
        self, clips: int, utt_id: Sequence[str] | None = None
    ) -> torch.Tensor | None:
        """Draw the noise of generation in training or validation.

        Args:
            clips: B.
            utt_id: Ids of the clips, which seed the noise of validation.

        Returns:
            Noise, (B, L, D); None if the head does not sample.
        """
        if not self.lm.head.samples:
            return None
        shape = (self.num_tokens, self.lm.width)
        device = self.lm.sequence.start_markers.weight.device
        generators = self._generators(utt_id)
        if generators is None:
            return torch.randn(clips, *shape, device=device)
        return normal_of(generators, shape).to(device)

    def _generators(self, utt_id: Sequence[str] | None) -> list[torch.Generator] | None:
        """Return the generators of validation; None, torch's own, in training."""
        if self.training or not self.lm.head.samples:
            return None
        if utt_id is None:
            raise ValueError(
                "validation of a head that samples seeds its noise by utt_id, but the "
                "batch has none; give the ids of the clips"
            )
        return generators_of(0, utt_id)

    def _precision(self) -> AbstractContextManager:
        """Return a context with the network's precision, by default the caller's."""
        if self.training and self.cpu_bfloat16 and has_fast_bfloat16():
            return autocast("cpu", enabled=True, dtype=torch.bfloat16)
        return nullcontext()

    def _rollout_stats(
        self,
        conditions: Mapping[str, Condition],
        target: torch.Tensor,
        utt_id: Sequence[str] | None,
    ) -> dict[str, torch.Tensor]:
        """Return the statistics of generated LOA, which validation logs."""
        noise = self.start_noise(len(target), utt_id)
        generated = self.generate(conditions, noise=noise)
        stats = {"l1_rollout": l1_loss(generated, target).detach()}
        # every process reports the same values, or ESPnet's average would hang
        if smallest_over_ranks(len(target), target.device) > 1:
            # half a batch away: neighbours in a sorted set often have one class
            other = target.roll(len(target) // 2, dims=0)
            stats["l1_other"] = l1_loss(generated, other).detach()
        return stats

    def _guide_loss(
        self,
        attentions: Sequence[torch.Tensor],
        conditions: Mapping[str, Condition],
        batch: Mapping[str, Any],
    ) -> torch.Tensor:
        """Return the loss of guided attention, see ``guided_attention``."""
        last = next(reversed(conditions))
        if batch.get(SAMPLES_NAME) is None or last != TEXT_STATES:
            raise ValueError(
                f"guided_attention_weight needs data named {SAMPLES_NAME} "
                f"(utt2num_samples) and {TEXT_STATES} as the last condition; got "
                f"{sorted(batch)} and "
                f"{list(conditions)}"
            )
        speech_end = batch[SAMPLES_NAME][:, 0] / self.geometry.samples
        return self.guided_attention.loss(
            attentions,
            self.lm.sequence.start_of_last(conditions),
            conditions[TEXT_STATES].lengths,
            speech_end.clamp(max=1.0),
        )
