"""CLAP score: cosine between a clip and its caption in CLAP's space."""

import numpy as np

from espnet2.gen_audio.metrics.evaluation.context import (
    EvaluationContext,
    SystemOutputs,
)
from espnet2.gen_audio.metrics.evaluation.metric import Metric, Score
from espnet2.gen_audio.metrics.evaluation.set_scores import clip_score
from espnet2.gen_audio.metrics.functional.vectors import Vectors, blocks_of
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS


def cosine_to_caption(
    outputs: SystemOutputs, context: EvaluationContext
) -> Score | None:
    """Return the cosine, mean over clips and seeds.

    Args:
        outputs: Clips of one system.
        context: Holds the vectors of the captions.

    Returns:
        The score; None without captions.
    """
    if context.caption_vectors is None:
        return None
    captions = np.stack([context.caption_vectors[clip] for clip in context.test.ids])
    by_seed = {
        seed: _cosines(features.embedding, captions)
        for seed, features in outputs.by_seed.items()
    }
    return clip_score("clap_score", by_seed, outputs, context)


def _cosines(clips: Vectors, captions: Vectors) -> np.ndarray:
    """Return the cosine of each clip and its caption, (N,)."""
    found = np.empty(len(clips))
    for place, block in blocks_of(clips):
        found[place] = (_unit(block) * _unit(captions[place])).sum(axis=1)
    return found


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


CLAP_SCORE = SOUND_METRICS.add(
    Metric(
        key="clap_score",
        title="CLAP score",
        unit="cosine",
        direction="higher",
        text="cosine between the CLAP embeddings of clip and caption. Values of "
        "different CLAP checkpoints must not be compared.",
        source="LAION CLAP, arXiv:2211.06687",
        compute=cosine_to_caption,
        clip_key="clap_score",
        encoding="captions",
        protocols_only=True,
        digits=3,
        column=43,
    )
)
