#!/usr/bin/env bash
# Print spk2utt made of utt2spk: [utt2spk]
exec python3 -m espnet2.gen_audio.bin.data_dir spk2utt "$@"
