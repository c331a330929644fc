"""The batches of a task: drawn in every pass, split among processes."""

import argparse
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.kaldi.listed_data import listed_data
from espnet2.gen_audio.preprocess.clip_preprocessor import ClipPreprocessor
from espnet2.gen_audio.ranks import number_of_ranks, own_rank
from espnet2.gen_audio.training.caption_draws import draw_captions
from espnet2.gen_audio.training.encoded_batches import (
    ClipAndText,
    EncodedBatches,
    ProvidedNames,
    encoders_of,
    is_encoded,
)
from espnet2.gen_audio.training.listed_batches import ListedBatches
from espnet2.gen_audio.training.optimisers import OptimiserTask
from espnet2.gen_audio.training.rank_draws import OwnDraws
from espnet2.gen_audio.training.split_batches import SplitBatches
from espnet2.gen_audio.training.weighted_batches import drawn_batches


def _is_encoded(args: argparse.Namespace, options: Any) -> bool:
    """Return whether data of this mode are sounds that are encoded in the training."""
    names = {name for _, name, _ in options.data_path_and_name_and_type}
    return is_encoded(args, names)


def _streams_made_of(dataset: Any) -> tuple[str, ...]:
    """Return the names of the streams that are made of the sounds of a dataset."""
    prepare = getattr(dataset, "preprocess", None)
    if isinstance(prepare, OwnDraws):
        prepare = prepare.preprocess
    return prepare.streams if isinstance(prepare, ClipAndText) else ()


def _has_categories(options: Any) -> bool:
    """Return whether ESPnet makes batches by category."""
    path = Path(options.data_path_and_name_and_type[0][0])
    return (path.parent / "utt2category").exists()


class BatchTask(OptimiserTask):
    """ESPnet's task with batches of its own."""

    @classmethod
    def build_sequence_iter_factory(
        cls, args: argparse.Namespace, iter_options: Any, mode: str
    ) -> Any:
        """Build ESPnet's batches; in training, draw clips and captions in every pass.

        Several processes draw the clips of all, then each takes its part of every
        batch.

        Args:
            args: Options.
            iter_options: ESPnet's iterator options for this mode.
            mode: ``train``, ``valid`` or ``plot_att``.

        Returns:
            ESPnet's factory of iterators.
        """
        options, rank = iter_options, own_rank()
        if _is_encoded(args, options):
            return cls._encoded_factory(args, options, mode)
        if not options.train:
            return super().build_sequence_iter_factory(args, options, mode)
        if rank > 0 and options.preprocess_fn is not None:
            drawing = OwnDraws(options.preprocess_fn)
            options = dataclasses.replace(options, preprocess_fn=drawing)
        drawn = args.batch_type == "unsorted"
        if drawn:
            options = dataclasses.replace(options, distributed=False)
        if drawn and options.num_batches is None and not _has_categories(options):
            factory = cls._factory_of_list(args, options)
        else:
            factory = super().build_sequence_iter_factory(args, options, mode)
        weights = getattr(args, "clip_weights", None)
        factory.sampler = drawn_batches(factory.sampler, args.batch_type, weights)
        draw_captions(factory, options.data_path_and_name_and_type)
        if drawn and number_of_ranks() > 1:
            factory.sampler = SplitBatches(factory.sampler, rank, number_of_ranks())
        return factory

    @classmethod
    def _encoded_factory(
        cls, args: argparse.Namespace, options: Any, mode: str
    ) -> EncodedBatches:
        """Build batches of sounds, which frozen networks encode."""
        device = f"cuda:{torch.cuda.current_device()}" if args.ngpu > 0 else "cpu"
        encoders = encoders_of(args, device)
        clip = ClipPreprocessor(
            options.train, ClipGeometry.from_dict(args.geometry_conf)
        )
        prepare = ClipAndText(clip, options.preprocess_fn, encoders)
        options = dataclasses.replace(options, preprocess_fn=prepare)
        factory = cls.build_sequence_iter_factory(
            argparse.Namespace(**{**vars(args), "encode_audio": {}}), options, mode
        )
        return EncodedBatches(factory, encoders, device)

    @classmethod
    def check_task_requirements(
        cls,
        dataset: Any,
        allow_variable_data_keys: bool,
        train: bool,
        inference: bool = False,
    ) -> None:
        """Check the names of the data, in which sounds may stand for what is encoded.

        Args:
            dataset: ESPnet's dataset.
            allow_variable_data_keys: Whether further names are allowed.
            train: Whether they are training data.
            inference: Whether the data are for generation, which takes no targets.
        """
        streams = _streams_made_of(dataset)
        if streams:
            dataset = ProvidedNames(dataset, streams)
        super().check_task_requirements(
            dataset, allow_variable_data_keys, train, inference
        )

    @classmethod
    def _factory_of_list(cls, args: argparse.Namespace, options: Any) -> Any:
        """Build ESPnet's factory without its dictionaries of the lists."""
        # takes seconds to import
        from espnet2.iterators.sequence_iter_factory import SequenceIterFactory

        shapes = options.shape_files[0]
        return SequenceIterFactory(
            dataset=cls.build_dataset(args, options),
            batches=ListedBatches(shapes, options.batch_size, args.drop_last_iter),
            seed=args.seed,
            num_iters_per_epoch=options.num_iters_per_epoch,
            shuffle=options.train,
            shuffle_within_batch=args.shuffle_within_batch,
            num_workers=args.num_workers,
            collate_fn=options.collate_fn,
            pin_memory=args.ngpu > 0,
        )

    @classmethod
    def build_dataset(
        cls, args: argparse.Namespace, iter_options: Any, *keys: Any
    ) -> Any:
        """Build ESPnet's dataset, with readers that need little memory.

        Args:
            args: Options.
            iter_options: ESPnet's iterator options.
            *keys: Ids that ESPnet loads.

        Returns:
            ESPnet's dataset.
        """
        data = listed_data(iter_options.data_path_and_name_and_type)
        options = dataclasses.replace(iter_options, data_path_and_name_and_type=data)
        return super().build_dataset(args, options, *keys)

    @classmethod
    def build_collate_fn(
        cls, args: argparse.Namespace, train: bool
    ) -> Callable[..., tuple[list[str], dict[str, torch.Tensor]]]:
        """Return the collate function; it pads with zeros at the end and adds lengths.

        Args:
            args: Options, unused.
            train: Unused.

        Returns:
            ESPnet's collate function.
        """
        # this import takes seconds, because it imports ESPnet's text front ends
        from espnet2.train.collate_fn import CommonCollateFn

        return CommonCollateFn(float_pad_value=0.0, int_pad_value=0)
