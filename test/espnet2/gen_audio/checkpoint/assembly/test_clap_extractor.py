"""One description of CLAP's feature extractor, whatever the checkpoint's form."""

import json

from espnet2.gen_audio.checkpoint.archive.provenance import provenance_of
from espnet2.gen_audio.checkpoint.archive.system import Encoder
from espnet2.gen_audio.checkpoint.assembly.clap_extractor import clap_extractor
from espnet2.gen_audio.checkpoint.assembly.encoders import clap_encoder
from espnet2.gen_audio.checkpoint.diffusers.write_net_configs import extractor_config


def test_both_converters_write_the_same_config(official):
    provenance = provenance_of("sentence_encoder", "x.pth")
    made = clap_encoder(official.fill(official.clap(), 1), provenance)
    written = json.loads(made.files["preprocessor_config.json"])
    bare = Encoder(made.name, made.config, made.state, {}, provenance)
    assert written == extractor_config(bare) == clap_extractor(16)


def test_the_library_takes_every_argument_as_published():
    from transformers import ClapFeatureExtractor

    made = ClapFeatureExtractor(**clap_extractor(64)).to_dict()
    assert clap_extractor(64).items() <= made.items()
    assert (made["padding"], made["nb_max_samples"]) == ("repeatpad", 480000)
