"""What a protocol refuses of its sets before a clip is encoded."""

from espnet2.gen_audio.metrics.protocol.protocol import Protocol
from espnet2.gen_audio.metrics.protocol.sets import ScoredSets


def refuse_sets(protocol: Protocol, sets: ScoredSets) -> None:
    """Refuse sets without the texts that a protocol needs.

    Args:
        protocol: The protocol.
        sets: The sounds.

    Raises:
        ValueError: If captions or transcripts are missing, or captions are not those
            that the protocol states.
    """
    wanted = [s.name for s in protocol.encoders if "clap_score" in s.metrics]
    if wanted and sets.captions_sha256 is None:
        raise ValueError(
            f"the protocol {protocol.name} compares clips with captions by "
            f"{wanted[0]}; give --text"
        )
    if protocol.speech and not sets.transcripts and sets.reference.ids:
        raise ValueError(
            f"the protocol {protocol.name} compares clips with what is said "
            f"({protocol.speech[0]}); give --transcript"
        )
    stated = protocol.captions_sha256
    if stated and sets.captions_sha256 != stated:
        raise ValueError(
            f"the captions have the digest {sets.captions_sha256}, and the protocol "
            f"{protocol.name} states {stated}; give its list of captions with --text"
        )


def refuse_one_clip(protocol: Protocol, sets: ScoredSets) -> None:
    """Refuse sets of one clip, before encoding, if a metric needs two or more.

    Args:
        protocol: The protocol.
        sets: The sounds.

    Raises:
        ValueError: If there is one clip and a metric compares sets of clips.
    """
    if len(sets.reference.wavs) > 1:
        return
    for spec in protocol.encoders:
        of_sets = [m.key for m in protocol.records(spec.metrics) if not m.clip_key]
        if of_sets and not spec.frames:
            raise ValueError(
                f"each set has {len(sets.reference.wavs)} clip, but the protocol "
                f"{protocol.name} compares sets by {of_sets[0]} of {spec.name}, which "
                "needs two or more; give more clips, or a copy of the protocol "
                "without it"
            )
