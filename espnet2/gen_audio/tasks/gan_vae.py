"""Train the mel autoencoder and its discriminator (stage ``train_vae``)."""

import argparse
import logging
from pathlib import Path
from typing import Any

from espnet2.train.abs_espnet_model import AbsESPnetModel
from espnet2.train.reporter import Reporter
from espnet2.utils.nested_dict_action import NestedDictAction
from espnet2.utils.types import str_or_none

from espnet2.gen_audio.checkpoint.experiment import load_experiment, read_config
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.files.tensor_file import load_tensors
from espnet2.gen_audio.old_names import rename_options, with_new_names
from espnet2.gen_audio.parts import PARTS
from espnet2.gen_audio.preprocess.clip_preprocessor import ClipPreprocessor
from espnet2.gen_audio.training.finetune import origins_of
from espnet2.gen_audio.training.gan_task import GenAudioGANTask
from espnet2.gen_audio.training.previous_epoch import CHECKPOINT
from espnet2.gen_audio.training.restore import read_reporter
from espnet2.gen_audio.vae.choices import vae_choices
from espnet2.gen_audio.vae.mel_block_pca import read_moments


class GANVAETask(GenAudioGANTask):
    """Train the autoencoder to reconstruct the log mel spectrograms of whole clips."""

    record = PARTS["vae"]
    class_choices_list = [vae_choices]
    data_names = ("audio",)

    @classmethod
    def add_part_arguments(cls, group: Any) -> None:
        """Add ``--discriminator_conf``, ``--loss_conf`` and ``--block_moments_stats``.

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
        group.add_argument(
            "--block_moments_stats",
            type=str_or_none,
            default=None,
            help="block_moments_stats.npz of collect-stats: principal components of "
            "mel blocks, compared in validation; they initialise linear_mel_vae.",
        )
        group.add_argument(
            "--vae_teacher",
            type=str_or_none,
            default=None,
            metavar="FOLDER",
            help="Trained or converted autoencoder whose decoder light_mel_vae learns; "
            "its encoder is copied. Resuming needs it, generation does not.",
        )

    @classmethod
    def conclude(cls, args: argparse.Namespace) -> None:
        """Log how the trained model compares with principal components.

        Args:
            args: Options.
        """
        checkpoint = load_tensors(Path(args.output_dir) / CHECKPOINT)
        compare_with_untrained(read_reporter(checkpoint))

    @classmethod
    def resolve(cls, args: argparse.Namespace) -> None:
        """Rename keys of an older config.

        Args:
            args: Options, changed in place.
        """
        rename_options(cls.record.name, args)
        if args.vae_teacher is not None:
            args.vae_conf, args.geometry_conf = with_original(args)

    @classmethod
    def build_model(cls, args: argparse.Namespace) -> AbsESPnetModel:
        """Build the model; initialise its principal components.

        Args:
            args: Options; the path of the statistics is not stored in config.yaml.

        Returns:
            The ESPnet model.
        """
        model = super().build_model(args)
        moments = None
        if args.block_moments_stats is not None:
            moments = read_moments(args.block_moments_stats)
            model.compare_with_linear(moments)
            args.block_moments_stats = None
        teacher, args.vae_teacher = args.vae_teacher, None
        if not (cls.goes_on(args) or args.collect_stats):
            model.vae.start_from(moments)
        if teacher is not None:
            original = load_experiment(teacher, parts=("vae",)).vae
            origins = origins_of([], teacher)
            if origins:
                args.finetuned_from = origins
            model.learn_from(original, start=not cls.goes_on(args))
        return model

    @classmethod
    def build_preprocess_fn(
        cls, args: argparse.Namespace, train: bool
    ) -> ClipPreprocessor:
        """Return the preprocessor that crops, normalises and pads clips.

        Args:
            args: Options, settled.
            train: Whether crops are random.

        Returns:
            The preprocessor.
        """
        return ClipPreprocessor(train, ClipGeometry.from_dict(args.geometry_conf))


def with_original(args: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options of a light autoencoder, completed by those of its original.

    Args:
        args: Options of the task, with ``vae_teacher``.

    Returns:
        ``vae_conf`` and ``geometry_conf``.

    Raises:
        ValueError: If either is no autoencoder that this is made for.
    """
    config = read_config(args.vae_teacher)
    kind = config.get("vae") or "mel_vae"
    if config.get("part") != "vae" or kind != "mel_vae" or args.vae != "light_mel_vae":
        raise ValueError(
            f"--vae_teacher {args.vae_teacher} holds a {config.get('part')} of form "
            f"{kind}, and --vae is {args.vae}; a light_mel_vae learns from a mel_vae"
        )
    original = with_new_names("vae", config)
    conf = {**(original.get("vae_conf") or {}), **args.vae_conf}
    return conf, original.get("geometry_conf") or args.geometry_conf


def compare_with_untrained(reporter: Reporter) -> None:
    """Log how a trained VAE compares with principal components of its latent size.

    Args:
        reporter: Reporter of a training; validation may have measured only the VAE.
    """
    if not reporter.has("valid", "linear_mel_l1"):
        return
    _, best = reporter.sort_epochs_and_values("valid", "mel_l1", "min")[0]
    linear = reporter.get_value("valid", "linear_mel_l1")
    said = f"mel L1 in validation: {best:.4g}, principal components {linear:.4g}"
    if best < linear:
        logging.info("%s", said)
    else:
        logging.warning(
            "%s: training is not better than principal components of equal "
            "latent size; train longer, or initialise with them (--vae linear_mel_vae)",
            said,
        )
