# Trials in which system calls are killed, fail, or lie (strace); sourced by launch/torture-disk.
# shellcheck shell=bash

# A series is a run that begins with a copy of RUN, and the paths whose calls are looked at. The process has the
# same number in a name space of its own every time, and so have the temporary files.
#   save    one save beside three older checkpoints: the temporary files, the new name, the oldest one
#   folder  four saves: the folder itself
#   start   taking the folder and reading the newest checkpoint
series_run() {
  case $1 in save | start) echo "$folder/base-three" ;; folder) echo "$folder/base-one" ;; esac
}
series_paths() {
  local names=()
  case $1 in
    save) names=(".kimg-000000.040.safetensors.tmp.$process."{1,2} kimg-000000.0{40,16}.safetensors) ;;
    folder) names=('') ;;
    start) names=(".kimg-000000.000.safetensors.tmp.$process.0" kimg-000000.032.safetensors) ;;
  esac
  for name in "${names[@]}"; do
    name=$run/checkpoints${name:+/$name}
    paths+=(-P "$name")
  done
}

# traced SERIES EXPRESSIONS...: runs the program in a new copy, sets `code`, and leaves trace and run.log.
traced() {
  local series=$1 paths=() expressions=()
  shift
  rm -rf "$run" && cp -a "$(series_run "$series")" "$run"
  series_paths "$series"
  command_for "$run" 0.04
  timeout --kill-after=5 120 unshare --pid --fork --kill-child --mount-proc strace -f -q -y \
    -o "$folder/trace" "${paths[@]}" "$@" "${train[@]}" > "$folder/run.log" 2>&1
  code=$?
}

# How a run must end after a call failed: sets `codes`, and `words` that must be said.
#   74 the save failed; 0 the run goes on, with a warning where something did not happen; 73, 65 it did not begin
expectation() {
  local series=$1 call=$2 k=$3 fault=$4 by=writer
  [ "${hit%% *}" != "$process" ] || by=start
  [ "$series" != start ] || by=reader
  codes=0 words=''
  case $by-$call-$fault in
    # Only a new file proves something after fsync.
    writer-fsync-EINTR) words='once more' ;;
    *-EINTR) ;;
    *-fadvise64-* | *-fcntl-*) ;;
    # Where the byte that was not read is the one that is there already, nothing is wrong.
    writer-pread64-lie) codes='0 74' ;;
    reader-pread64-lie) ;;
    writer-fsync-*) [[ $k == *+ ]] && codes=74 words=$run/checkpoints || words='once more' ;;
    writer-unlink-*) words='old checkpoint stays' ;;
    writer-statfs-* | writer-write-* | writer-rename-*) codes=74 words=$run/checkpoints ;;
    # The first descriptor is the one that was written to.
    writer-close-*) [ "$series-$k" != save-1 ] && [ "$series-$k" != save-1+ ] || codes=74 words=$run/checkpoints ;;
    writer-*)
      if [ "$series" = save ]; then codes=74 words=$run/checkpoints; else words='once more|old checkpoints stay'; fi
      ;;
    reader-openat-* | reader-unlink-*)
      [[ $hit == *.tmp.* ]] && codes=73 words=$run/checkpoints || words='trying the next older'
      ;;
    reader-close-*) [ "${k%+}" != 1 ] || codes=73 words=$run/checkpoints ;;
    reader-*) words='trying the next older' ;;
    start-openat-* | start-getdents64-*) codes='65 73' words=$run/checkpoints ;;
    start-*) codes='0 65 73' ;;
  esac
}

# injected SERIES CALL K FAULT: sets verdict, and `hit`, the line of the trace, empty if no call was reached.
injected() {
  local series=$1 call=$2 k=$3 fault=$4 codes words least=3
  verdict='' hit=''
  [ "$series" != folder ] || least=1
  case $fault in
    KILL) traced "$series" -e "trace=$call" -e "inject=$call:signal=KILL:when=$k" ;;
    lie) traced "$series" -e "trace=$call" -e "inject=$call:retval=1:when=$k" ;;
    *) traced "$series" -e "trace=$call" -e "inject=$call:error=$fault:when=$k" ;;
  esac
  if [ "$fault" = KILL ]; then
    ! grep -q 'killed by SIGKILL' "$folder/trace" || hit=$(grep -v '+++' "$folder/trace" | tail -n 1)
  else
    hit=$(grep -m 1 INJECTED "$folder/trace")
  fi
  if [ -z "$hit" ]; then
    [ "$code" = 0 ] || verdict="ended with $code, undisturbed"
  elif [ "$fault" != KILL ]; then
    expectation "$series" "$call" "$k" "$fault"
    [[ " $codes " == *" $code "* ]] || verdict="ended with $code instead of $codes"
    [ -z "$words" ] || grep -qE "$words" "$folder/run.log" || verdict="did not say '$words'"
    [ "$call" = unlink ] || ! compgen -G "$run/checkpoints/.*" > /dev/null || verdict="left a temporary file at once"
  fi
  [ -n "$verdict" ] || require_kept "$run" "$folder/run.log" "$least"
  [ -n "$verdict" ] || require_golden "$run" 0.04 040
}

# What a line of the trace says, without addresses and numbers of processes.
short_line() { sed -E 's/^[0-9]+ +//; s|/[^ ">]*/checkpoints|.|g; s/tmp\.[0-9]+\./tmp.N./g; s/"[^"]{40,}"\.*/"..."/; s/ +/ /g' <<< "$1" | cut -c1-110; }

# every_call GROUP FAULTS...: all series, all their calls, every k, every fault.
every_call() {
  local group=$1 series call fault k step first
  shift
  for series in save folder start; do
    traced "$series"
    [ "$code" = 0 ] || { cat "$folder/run.log" >&2 && fail 70 "an undisturbed traced run ended with $code"; }
    # Calls that only ask (fcntl, fstat) are among them.
    for call in $(sed -nE 's/^[0-9]+ +([a-z_0-9]+)\(.*/\1/p' "$folder/trace" | sort -u); do
      step=1 first=1
      [[ $group-$call =~ ^errors-(write|pread64)$ ]] && step=$stride
      for fault in "$@"; do
        if [ "$fault" = lie ] && [[ ! $call =~ ^(write|pread64)$ ]]; then continue; fi
        k=$((first > step ? 1 : first)) first=$((k + 1))
        while :; do
          injected "$series" "$call" "$k" "$fault"
          if [ -z "$hit" ]; then
            [ -z "$verdict" ] || conclude "$group" "$series $call $k $fault: $code, not reached"
            break
          fi
          conclude "$group" "$series $call $k $fault: $code, $(short_line "$hit")"
          k=$((k + step))
        done
        # From the first on for good; a call that is interrupted for ever would be repeated for ever.
        [[ $fault =~ ^(KILL|EINTR|lie)$ ]] && continue
        injected "$series" "$call" 1+ "$fault"
        conclude "$group" "$series $call 1+ $fault: $code, $(short_line "$hit")"
      done
    done
  done
}
