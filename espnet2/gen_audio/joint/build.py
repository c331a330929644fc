"""Build the joint model of a config."""

from collections.abc import Mapping
from typing import Any

from espnet2.gen_audio.choices import build_with
from espnet2.gen_audio.diffusion.build import build_ldm
from espnet2.gen_audio.joint.espnet_model import ESPnetGenAudioJointModel
from espnet2.gen_audio.loa_lm.build import build_loa_lm
from espnet2.gen_audio.old_names import with_new_names


def build_joint(config: Mapping[str, Any]) -> ESPnetGenAudioJointModel:
    """Build the model, newly initialised.

    Args:
        config: Contents of config.yaml: ``loa_lm_conf`` and ``ldm_conf`` are the
            config.yaml of the two experiments, ``model_conf`` has the arguments of the
            joint model.

    Returns:
        The ESPnet model.

    Raises:
        ValueError: If the config of a part is missing or of another part, or the parts
            do not fit each other.
    """
    config = with_new_names("joint", config)
    parts = {}
    for name, build in (("loa_lm", build_loa_lm), ("ldm", build_ldm)):
        part_config = config.get(f"{name}_conf")
        if not part_config:
            raise ValueError(
                f"the joint model needs the config of its {name}; give --{name}_config "
                f"exp/{name}_.../config.yaml"
            )
        found = part_config.get("part", name)
        if found != name:
            raise ValueError(
                f"--{name}_config is the config of a {found}; give that of a {name}"
            )
        parts[name] = build(part_config)
    conf = config.get("model_conf")
    return build_with(ESPnetGenAudioJointModel, "model_conf", conf, **parts)
