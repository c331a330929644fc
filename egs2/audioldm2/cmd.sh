# shellcheck shell=bash disable=SC2034,SC2154
# Where jobs run. Nothing else needs to be set but the queue or the hosts in the named file.
#   local   on this machine; jobs are spread over its processors and GPUs
#   slurm   conf/slurm.conf (sbatch)
#   sge     conf/sge.conf   (qsub of Grid Engine)
#   pbs     conf/pbs.conf   (qsub of PBS)
#   ssh     conf/ssh.conf   (hosts, reached by ssh without a password)
# All machines must see the recipe, its output folders and the environment under one path.
cmd_backend=${cmd_backend:-local}
case ${cmd_backend} in
    local) _runner=run.pl ;;
    slurm) _runner=slurm.pl ;;
    sge) _runner=queue.pl ;;
    pbs) _runner=pbs.pl ;;
    ssh) _runner=ssh.pl ;;
    *)
        echo "cmd.sh: error: cmd_backend '${cmd_backend}' is none of local, slurm, sge, pbs, ssh" >&2
        exit 2
        ;;
esac
# Options may follow, such as "${_runner} --mem 16G"; the recipe adds GPUs and threads. A path
# to a script of Kaldi's form, such as /kaldi/utils/slurm.pl, works too.
export train_cmd="${_runner}"  # data and dump stages
export cuda_cmd="${_runner}"   # training
export decode_cmd="${_runner}" # generation
unset _runner
