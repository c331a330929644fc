"""Folders of diffusers' AudioLDM2Pipeline, in and out.

In: ``pipeline_folder`` and ``weights`` (components, tensors), ``config_file`` (values,
checked), ``read_net_configs``, ``read_language_config``, ``read_unet_config`` and
``read_scheduler_config`` (values of config files, as keys of our configs),
``geometry``, ``language_model`` and ``components`` (nets), ``read`` (a folder into a
system). Out: ``write_net_configs``, ``write_language_configs`` and
``write_scheduler_config`` (config files of a system), ``classes`` and ``export``. A
folder is compared with the config files that its own export would have. Imports are
absolute, so that ``import diffusers`` means the library here too.
"""
