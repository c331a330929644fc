"""Where the authors' program and ours differ, as one switch.

``official`` does what the published inference code does, for comparisons; ``ours`` is
the default. Source of each difference: the authors' code of AudioLDM 2.

Two more differences concern training and are options of the configs: the authors throw
one coin a batch to drop conditions (``conditions_conf.cfg_per_batch``, ours: one a
clip) and count GPT-2's error twice (``model_conf.loss_weight`` 2.0, ours as well).
"""

from dataclasses import dataclass

NEGATIVE_LOA = ("refused", "rolled_out")


@dataclass(frozen=True)
class Behaviour:
    """One value for every difference.

    Attributes:
        weights: ``raw`` or ``ema``: which weights of a trained experiment are used.
            (Of an official file that has both, ``convert_checkpoint --weights`` takes
            one.)
        eta: DDIM's noise where none is asked for; both use the published 1.
        clap_replaced: Chance that a CLAP vector is replaced by that of the empty
            caption, in GPT-2's condition and on both sides of the ranking. The
            authors' wrapper does so with 0.1 always; ours never.
        negative_loa: What a negative prompt gives the unconditional branch: its own
            LOA (``rolled_out``), or nothing, because the authors' program knows no
            negative prompts (``refused``). Without one both use zeros.
        candidates: Sounds made of a caption, of which CLAP picks.
        keep: ``best`` returns one candidate, ``all`` returns them sorted.
        trim: Whether the waveform is cut to whole frames; the authors keep 32 samples
            more at 16 kHz.
        padding: Whether padding of a caption's states stays inside GPT-2's sequence
            (``official``), where it moves a caption's result with its batch mates, or
            is taken out (``strip``).
    """

    weights: str = "ema"
    eta: float = 1.0
    clap_replaced: float = 0.0
    negative_loa: str = "rolled_out"
    candidates: int = 1
    keep: str = "all"
    trim: bool = True
    padding: str = "strip"

    def refuse_negative(self) -> None:
        """Refuse a negative prompt where none is known.

        Raises:
            ValueError: If ``negative_loa`` says so.
        """
        if self.negative_loa == "refused":
            raise ValueError(
                "a negative prompt was given, but the authors' program knows none; use "
                "--behaviour ours"
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
