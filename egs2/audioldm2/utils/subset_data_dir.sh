#!/usr/bin/env bash
# Keep some utterances: [--first] source N target; or --utt-list f source target
exec python3 -m espnet2.gen_audio.bin.data_dir subset "$@"
