#!/usr/bin/env bash
# Run jobs on a cluster (hosts, by ssh), with the command line of run.pl and conf/ssh.conf
exec python3 -m espnet2.gen_audio.bin.run_cluster_jobs ssh "$@"
