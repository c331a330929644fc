# shellcheck shell=bash disable=SC2034,SC2154
# Commands that start jobs. 'run.pl' runs them on this machine; on a cluster, set slurm.pl,
# queue.pl or pbs.pl of an ESPnet checkout with their options.
export train_cmd="run.pl"   # data and dump stages
export cuda_cmd="run.pl"    # training
export decode_cmd="run.pl"  # generation
