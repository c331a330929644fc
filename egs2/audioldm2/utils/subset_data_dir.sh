#!/usr/bin/env bash
# Copy N utterances of a data folder, or those of a list:
#   subset_data_dir.sh [--first] SOURCE N TARGET
#   subset_data_dir.sh --utt-list LIST SOURCE TARGET
exec python3 -m espnet2.gen_audio.bin.data_dir subset "$@"
