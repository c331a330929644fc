"""The table of networks of the diffusion model: values of ``--backbone``."""

from espnet2.train.class_choices import ClassChoices

from espnet2.gen_audio.diffusion.backbone.abs_backbone import AbsBackbone
from espnet2.gen_audio.diffusion.backbone.unet import ConditionalUNet

backbone_choices = ClassChoices(
    "backbone",
    classes={"unet": ConditionalUNet},
    type_check=AbsBackbone,
    default="unet",
)
