"""Assemble a system from stored parts and a caption encoder, for all origins."""

from collections.abc import Callable

from espnet2.gen_audio.accel.allocator import return_freed_blocks, trim_freed_memory
from espnet2.gen_audio.diffusion.student.same_model import refuse_other_model
from espnet2.gen_audio.pipeline.behaviour import Behaviour
from espnet2.gen_audio.pipeline.captions import CaptionEncoder
from espnet2.gen_audio.pipeline.lazy import Lazy, Part
from espnet2.gen_audio.pipeline.load.part_files import Shapes, StoredSystem
from espnet2.gen_audio.pipeline.load.part_loader import PartLoader, Placement
from espnet2.gen_audio.pipeline.precision import warn_if_slower
from espnet2.gen_audio.pipeline.ranking import Ranking
from espnet2.gen_audio.pipeline.specification import SystemSpecification
from espnet2.gen_audio.pipeline.system import Parts, System, padded_as


def assemble(
    stored: StoredSystem,
    encoder: CaptionEncoder,
    behaviour: Behaviour = Behaviour(),
    placement: Placement = Placement(),
    shapes: Shapes | None = None,
    ranking: Ranking | None = None,
) -> System:
    """Load the parts of a system, or prepare lazy loading.

    Args:
        stored: Files of the parts.
        encoder: Encoder from captions to a batch of conditions.
        behaviour: Behaviour: ours, or that of the authors' program.
        placement: Device, precision, and whether parts are loaded lazily.
        shapes: The generators without weights; built if None.
        ranking: Function that scores the candidates of a caption.

    Returns:
        The system, ready to generate.

    Raises:
        ValueError: If the parts do not belong together, or weights do not fit.
    """
    return_freed_blocks()
    warn_if_slower(placement.dtype, placement.device)
    shapes = shapes or stored.shapes()
    specification = SystemSpecification.of(shapes.loa_lm, shapes.ldm)
    empty = encoder([""]) if shapes.ldm.conditions.missing_nulls() else None
    use_ema = behaviour.weights == "ema"
    geometry = specification.geometry
    loader = PartLoader(stored, geometry, placement, empty, use_ema)

    def part(load: Callable[[], Part]) -> Part | Lazy[Part]:
        """Load a part now or, if lazy, when it is first used."""
        return load() if placement.slot is None else Lazy(load, placement.slot)

    # order: first the parts that need extra memory while they are loaded
    vocoder, vae = part(loader.vocoder), part(loader.vae)
    loa_lm = None
    if stored.loa_lm is not None:
        loa_lm = part(lambda: padded_as(loader.loa_lm(), behaviour))
    ldm = part(loader.ldm)
    audiomae = None if stored.audiomae is None else part(loader.audiomae)
    student = None
    if stored.student is not None:
        shape = stored.student.shape()
        refuse_other_model(shape, shapes.ldm, stored.student.folder)
        student = part(loader.student)
    trim_freed_memory()
    parts = Parts(ldm, vae, vocoder, loa_lm, audiomae, student)
    return System(parts, encoder, specification, behaviour, ranking)
