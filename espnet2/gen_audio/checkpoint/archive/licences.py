"""Licences of the published weights of each part, as their authors state them.

The plugin ships no weights. Whoever imports a checkpoint finds these lines in the
provenance of every part; each export contains them too.
"""

AUDIOLDM2 = "as stated by the authors of AudioLDM 2: CC BY-NC-SA 4.0"
AUDIOMAE = "as stated by the authors of AudioMAE: CC BY-NC 4.0"
CLAP = "as stated by the authors of CLAP (LAION): CC0-1.0"
FLAN_T5 = "as stated by the authors of FLAN-T5: Apache-2.0"

LICENCES = {
    "audiomae": AUDIOMAE,
    "vae": AUDIOLDM2,
    "vocoder": AUDIOLDM2,
    "loa_lm": AUDIOLDM2,
    "ldm": AUDIOLDM2,
    "sentence_encoder": CLAP,
    "tokens_encoder": FLAN_T5,
}
