#!/bin/bash
# Show in Slurm how far an element of an array is, with its last status message:  squeue --array --format="%i %T %M %k"
# In slurm.sbatch, the line before exec:  (tail --follow --lines=+1 --pid=$$ /proc/$$/fd/1 | bash slurm_progress.sh &)
# It reads the output of a session. Slurm is told at most once in PERIOD seconds: bash slurm_progress.sh PERIOD
period=${1:-10} due=0 line='' progress='' status='' shown=''
# With its own number, an array has this comment in all its elements.
element=${SLURM_ARRAY_JOB_ID:+${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID}

show() {
    local comment="${progress:+$progress% }${status:0:100}"
    comment=${comment% } comment=${comment//[[:cntrl:]]/ } # squeue writes it to a terminal
    [ "$comment" = "$shown" ] || scontrol update "JobId=${element:-$SLURM_JOB_ID}" "comment=$comment"
    shown=$comment due=$((SECONDS + period))
}

while true; do
    IFS= read -r -t "$period" part
    code=$? # 0: this is a line; above 128: nothing came for a while; otherwise, this is the end
    line+=$part
    if ((code == 0)); then
        case ${line#[0-9]*:*$'\t'} in # openjd writes the time before it
            "openjd_progress: "*) progress=${line#*openjd_progress: } ;;
            "openjd_status: "*) status=${line#*openjd_status: } ;;
        esac
        line=''
    fi
    ((code != 0 || SECONDS >= due)) && show
    ((code == 0 || code > 128)) || break
done
