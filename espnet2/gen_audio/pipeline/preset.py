"""The differences between the authors' program and ours, as one switch.

``official`` follows the published inference code, for comparisons; ``ours`` is the
default. Source of each difference: the authors' code of AudioLDM 2.

Two further options concern training and are in the configs: the authors draw drop masks
once per batch (``conditions_conf.cfg_per_batch``; ours: once per clip), and they weight
GPT-2's loss by 2 (``model_conf.loss_weight`` 2.0; ours as well).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Behaviour:
    """One value for every difference.

    Attributes:
        weights: ``raw`` or ``ema``: which weights of a trained experiment are used.
            (Of an official file that has both, ``convert_checkpoint --weights`` takes
            one.)
        clap_replaced: Probability that a CLAP vector is replaced by that of the empty
            caption, in GPT-2's condition and on both sides of the ranking: 0.1 in the
            authors' wrapper, 0 in ours.
        negative_loa: LOA of a negative prompt in the unconditional branch: predicted
            from it (``predicted``), or negative prompts are ``refused``, because the
            authors' program has none. Without a negative prompt both use zeros.
        candidates: Number of candidates per caption, ranked by CLAP.
        keep: ``best`` returns one candidate, ``all`` returns them sorted.
        trim: Whether the waveform is cut to whole frames; the authors keep 32 samples
            more at 16 kHz.
        padding: Whether padding of a caption's states stays inside GPT-2's sequence
            (``official``), so that a caption's result depends on its batch, or is
            removed (``strip``).
    """

    weights: str = "ema"
    clap_replaced: float = 0.0
    negative_loa: str = "predicted"
    candidates: int = 1
    keep: str = "all"
    trim: bool = True
    padding: str = "strip"

    def refuse_negative(self, prompt: str) -> None:
        """Refuse a negative prompt where the authors' program is followed.

        Args:
            prompt: The prompt, for the message.

        Raises:
            ValueError: If ``negative_loa`` is ``refused``.
        """
        if self.negative_loa == "refused":
            raise ValueError(
                f"a negative prompt, {prompt!r}, was given, but the authors' program "
                "knows none; use --behaviour ours"
            )


PRESETS = {
    "ours": Behaviour(),
    "official": Behaviour(
        weights="raw",
        clap_replaced=0.1,
        negative_loa="refused",
        candidates=3,
        keep="best",
        trim=False,
        padding="official",
    ),
}


def behaviour_of(preset: str | Behaviour) -> Behaviour:
    """Return the behaviour of a preset.

    Args:
        preset: Its name, or a behaviour, which is returned as it is.

    Returns:
        The behaviour.

    Raises:
        ValueError: If the name is unknown.
    """
    if isinstance(preset, Behaviour):
        return preset
    if preset not in PRESETS:
        raise ValueError(f"preset {preset!r} is unknown; use {' or '.join(PRESETS)}")
    return PRESETS[preset]
