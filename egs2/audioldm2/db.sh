# shellcheck shell=bash disable=SC2034,SC2154
# Folders of corpora on this machine; set those that you use. The default corpus and the
# tables of --train_table need none of these.
FREESOUNDS=downloads  # sounds that local/prepare_registry_sounds.py downloads
LJSPEECH=${LJSPEECH:-downloads}  # LJSpeech-1.1, or the folder above it
GIGASPEECH=${GIGASPEECH:-}  # folder of GigaSpeech.json and audio/
MINI_SPEECH=${MINI_SPEECH:-downloads/mini_speech}  # made by local/prepare_mini_speech.py
MINI_MUSIC=${MINI_MUSIC:-downloads/mini_music}  # made by local/prepare_mini_music.py

# Each with the layout that local/prepare_<corpus>.py states; nothing is downloaded.
AUDIOCAPS=${AUDIOCAPS:-}
CLOTHO=${CLOTHO:-}
WAVCAPS=${WAVCAPS:-}
AUDIOSET=${AUDIOSET:-}
VGGSOUND=${VGGSOUND:-}
MUSICCAPS=${MUSICCAPS:-}
FMA=${FMA:-}
MTG_JAMENDO=${MTG_JAMENDO:-}
MSD=${MSD:-}
LIBRITTS=${LIBRITTS:-}
