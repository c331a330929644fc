"""Train the vocoder and its discriminators (stage ``train_vocoder``)."""

import argparse
from typing import Any

from espnet2.utils.nested_dict_action import NestedDictAction

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.parts import PARTS
from espnet2.gen_audio.preprocess.clip_preprocessor import ClipPreprocessor
from espnet2.gen_audio.training.gan_task import GenAudioGANTask
from espnet2.gen_audio.vocoder.choices import vocoder_choices


class GANVocoderTask(GenAudioGANTask):
    """Train the vocoder on random segments and their log mel spectrograms."""

    record = PARTS["vocoder"]
    class_choices_list = [vocoder_choices]
    data_names = ("audio",)

    @classmethod
    def add_part_arguments(cls, group: Any) -> None:
        """Add ``--segment_frames`` and the configs of discriminator and losses.

        Args:
            group: Argument group to add to.
        """
        group.add_argument(
            "--segment_frames",
            type=int,
            default=51,
            help="Mel frames of a training segment; validation uses whole clips.",
        )
        for name, what in (
            ("discriminator_conf", "HiFiGANMultiScaleMultiPeriodDiscriminator"),
            ("loss_conf", "VocoderLossWeights"),
        ):
            group.add_argument(
                f"--{name}",
                action=NestedDictAction,
                default=dict(),
                help=f"Arguments of {what}.",
            )

    @classmethod
    def build_preprocess_fn(
        cls, args: argparse.Namespace, train: bool
    ) -> ClipPreprocessor:
        """Return the preprocessor of segments, or of whole clips for validation.

        Args:
            args: Options, settled.
            train: Whether to cut random segments; if False, whole clips.

        Returns:
            The preprocessor.
        """
        geometry = ClipGeometry.from_dict(args.geometry_conf)
        samples = args.segment_frames * geometry.hop if train else None
        return ClipPreprocessor(train, geometry, samples)
