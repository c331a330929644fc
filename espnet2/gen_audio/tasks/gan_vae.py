"""Train the mel autoencoder and its discriminator (stage ``train_vae``)."""

import argparse
from typing import Any

from espnet2.utils.nested_dict_action import NestedDictAction

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.old_names import rename_options
from espnet2.gen_audio.parts import PARTS
from espnet2.gen_audio.preprocess.clip_preprocessor import ClipPreprocessor
from espnet2.gen_audio.training.gan_task import GenAudioGANTask
from espnet2.gen_audio.vae.choices import vae_choices


class GANVAETask(GenAudioGANTask):
    """Train the autoencoder to reconstruct the log mel spectrograms of whole clips."""

    record = PARTS["vae"]
    class_choices_list = [vae_choices]
    data_names = ("audio",)

    @classmethod
    def add_part_arguments(cls, group: Any) -> None:
        """Add ``--discriminator_conf`` and ``--loss_conf``.

        Args:
            group: Argument group to add to.
        """
        for name, what in (
            ("discriminator_conf", "PatchDiscriminator"),
            ("loss_conf", "VAELossWeights"),
        ):
            group.add_argument(
                f"--{name}",
                action=NestedDictAction,
                default=dict(),
                help=f"Arguments of {what}.",
            )

    @classmethod
    def resolve(cls, args: argparse.Namespace) -> None:
        """Give keys of an older config their new names.

        Args:
            args: Options, changed in place.
        """
        rename_options(cls.record.name, args)

    @classmethod
    def build_preprocess_fn(
        cls, args: argparse.Namespace, train: bool
    ) -> ClipPreprocessor:
        """Return the preprocessor that crops, levels and pads clips.

        Args:
            args: Options, settled.
            train: Whether crops are random.

        Returns:
            The preprocessor.
        """
        return ClipPreprocessor(train, ClipGeometry.from_dict(args.geometry_conf))
