#!/usr/bin/env bash
# Split a list into near-equal runs of lines: [-j N I] in [out ...]
exec python3 -m espnet2.gen_audio.bin.data_dir split "$@"
