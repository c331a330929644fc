"""Train the LOA language model and the latent diffusion model together.

Shapes: B clips, P patches, L LOA tokens, D features.
Source: AudioLDM 2, arXiv:2308.05734, section III-E: the U-Net is conditioned on the
true LOA with a probability of 0.25 and otherwise on LOA that GPT-2 generates; the
gradient of the U-Net's loss reaches GPT-2 through the generation.
"""

import contextlib
from collections.abc import Mapping, Sequence

import torch
from espnet2.torch_utils.device_funcs import force_gatherable
from espnet2.train.abs_espnet_model import AbsESPnetModel

from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.diffusion.espnet_model import ESPnetLatentDiffusionModel
from espnet2.gen_audio.ema import WeightAverage
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.loa_lm.espnet_model import ESPnetLOALMModel


class ESPnetGenAudioJointModel(AbsESPnetModel):
    """Both models, and the random choice between true and predicted LOA.

    Only the U-Net has a moving average, as published, which belongs to the diffusion
    model. After training ``loa_lm`` and ``ldm`` are complete parts for generation.

    Args:
        loa_lm: Language model, by default with the weights of its own experiment.
        ldm: Latent diffusion model, by default with the weights of its own experiment.
        p_true_loa: Probability that a training batch is conditioned on the true LOA.
        lm_weight: Factor of the language model's loss.
        backprop_through_generation: Whether the gradient of the diffusion loss reaches
            the language model through all generated tokens, as published for 8 tokens.
            If False, the diffusion model still learns to use predictions, with a
            fraction of time and memory. This is recommended for speech with its
            hundreds of tokens, for which the published training uses the true LOA only.

    Raises:
        ValueError: If the LOA of both parts differs in size, or a number is out of
            range.
    """

    def __init__(
        self,
        loa_lm: ESPnetLOALMModel,
        ldm: ESPnetLatentDiffusionModel,
        p_true_loa: float = 0.25,
        lm_weight: float = 1.0,
        backprop_through_generation: bool = True,
    ):
        super().__init__()
        if "loa" not in ldm.conditions.widths:
            raise ValueError(
                "this diffusion model has no LOA (loa_dim: null), so that there is "
                "nothing to train jointly; give --skip_joint true"
            )
        made = (loa_lm.geometry, loa_lm.loa_factor)
        expected = (ldm.geometry, ldm.pool_factor)
        if made != expected:
            raise ValueError(
                f"the language model predicts LOA for {made}, but the diffusion model "
                f"expects {expected} (geometry, loa_factor); train both with equal ones"
            )
        if not 0.0 <= p_true_loa <= 1.0 or lm_weight < 0.0:
            raise ValueError(
                f"p_true_loa {p_true_loa} must be within 0 and 1, lm_weight "
                f"{lm_weight} at least 0"
            )
        self.loa_lm = loa_lm
        self.ldm = ldm
        self.p_true_loa = p_true_loa
        self.lm_weight = lm_weight
        self.backprop_through_generation = backprop_through_generation

    @property
    def ema(self) -> WeightAverage | None:
        """The moving average of the U-Net, or None."""
        return self.ldm.ema

    @property
    def geometry(self) -> ClipGeometry:
        """Lengths of a clip."""
        return self.ldm.geometry

    def forward(
        self,
        latent: torch.Tensor,
        latent_lengths: torch.Tensor,
        loa: torch.Tensor,
        loa_lengths: torch.Tensor,
        utt_id: Sequence[str] | None = None,
        **batch: torch.Tensor,
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor], torch.Tensor]:
        """Return the sum of both losses for one batch.

        Args:
            latent: Posteriors that ``dump_latent`` stored, (B, T', 2 C F').
            latent_lengths: Number of frames of each clip, always T', (B,).
            loa: Patch features that ``dump_loa`` stored, (B, P, D).
            loa_lengths: Number of patches of each clip, always P, (B,).
            utt_id: Ids of the clips; validation needs them.
            **batch: The conditions of both parts: ``sentence``, ``tokens`` or
                ``caption``, with their lengths.

        Returns:
            Loss, statistics to log (``loss``, ``diffusion_loss``, ``eps_mse``, ``l1``
            of the language model and, if measured, ``alignment``), and the batch size.
            Validation always uses the predicted LOA.
        """
        lm_loss, lm_stats, _ = self.loa_lm(
            loa=loa, loa_lengths=loa_lengths, utt_id=utt_id, **batch
        )
        if self._draw_true():
            given = self.loa_lm.pool(loa)
        else:
            noise = self.loa_lm.start_noise(len(latent), utt_id)
            given = self._predicted(batch, noise)
        diffusion_loss, stats = self.ldm.loss_of(
            latent,
            self.ldm.conditions.of_batch(batch, {"loa": Condition.from_lengths(given)}),
            utt_id,
            {"loa": loa, "loa_lengths": loa_lengths},
        )
        loss = diffusion_loss + self.lm_weight * lm_loss
        shown = {name: lm_stats[name] for name in lm_stats if name != "loss"}
        shown.update(loss=loss.detach(), diffusion_loss=stats["loss"])
        shown.update({name: stats[name] for name in stats if name != "loss"})
        return force_gatherable((loss, shown, len(latent)), loss.device)

    def collect_feats(
        self, latent: torch.Tensor, latent_lengths: torch.Tensor, **batch: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """Return the data of which ESPnet collects statistics.

        Args:
            latent: Posteriors, (B, T', 2 C F').
            latent_lengths: Number of frames of each clip, (B,).
            **batch: Unused.

        Returns:
            The posteriors and their lengths.
        """
        return self.ldm.collect_feats(latent, latent_lengths)

    def update_ema(self) -> None:
        """Update the moving average of the U-Net; call after each optimiser step."""
        self.ldm.update_ema()

    def ema_weights(self) -> contextlib.AbstractContextManager[None]:
        """Return a context inside which the U-Net has its averaged weights."""
        return self.ldm.ema_weights()

    def use_ema(self) -> None:
        """Replace the U-Net's weights by their average, for generation."""
        self.ldm.use_ema()

    def set_progress(self, done: float) -> None:
        """Set the completed fraction of the training; call before each epoch.

        Args:
            done: Fraction of completed epochs, from 0 to below 1.
        """
        self.ldm.set_progress(done)

    def drop_alignment(self) -> None:
        """Remove the head of the U-Net's alignment, which generation does not use."""
        self.ldm.drop_alignment()

    def _predicted(
        self, batch: Mapping[str, torch.Tensor], noise: torch.Tensor | None
    ) -> torch.Tensor:
        """Generate the LOA of a batch, (B, L, D); in eval mode without gradients."""
        if self.backprop_through_generation:
            conditions = self.loa_lm.conditions_of(batch)
            return self.loa_lm.generate(conditions, noise=noise)
        training = self.loa_lm.training
        self.loa_lm.eval()  # no dropout, as in generation
        try:
            with torch.no_grad():
                conditions = self.loa_lm.conditions_of(batch)
                return self.loa_lm.generate(conditions, noise=noise)
        finally:
            self.loa_lm.train(training)

    def _draw_true(self) -> bool:
        """Draw whether this batch gets the true LOA; False in validation."""
        return self.training and bool(torch.rand(()) < self.p_true_loa)
