# Trials in which the power goes; sourced by launch/torture-disk.
# shellcheck shell=bash

# The system keeps nothing that has not reached the device: flag 2 is "without flushing the journal".
power_off() {
  perl -e 'my $flag = pack("L", 2); open(my $d, "<", $ARGV[0]) or die; ioctl($d, 0x8004587d, $flag) or die "$!\n"' "$1"
}

# cut_power SEED OPTIONS: one trial on a new file system.
cut_power() {
  local pause awaited acknowledged tries
  RANDOM=$1
  RANDOM=$((RANDOM * 32768 + RANDOM + $1))
  verdict=''
  truncate -s 0 "$folder/image" && truncate -s 64M "$folder/image"
  mkdir -p "$disk"
  mkfs.ext4 -q -F "$folder/image" && mount -o "loop,$2" "$folder/image" "$disk" || fail 78 "ext4 cannot be mounted on a loop device here"
  command_for "$disk/run" 0.2
  # What is called durable is read from a pipe to elsewhere, not from the disk that is lost.
  "${train[@]}" > "$folder/run.log" 2>&1 &
  child=$!
  # Some checkpoints, so that it does not matter how fast the machine is, and a moment more.
  awaited=$((RANDOM % 12))
  printf -v pause '0.%03d' $((RANDOM % 400))
  until [ "$(grep -c 'is durable' "$folder/run.log")" -ge "$awaited" ] || ! kill -0 "$child" 2> /dev/null; do
    sleep 0.01
  done
  sleep "$pause"
  power_off "$disk" || fail 78 "FS_IOC_SHUTDOWN is not possible here"
  acknowledged=$(grep -c 'is durable' "$folder/run.log")
  # Whatever the program still does, it does on a dead disk.
  wait "$child" 2> /dev/null
  code=$?
  child=''
  [[ $code =~ ^(0|70|73|74)$ ]] || verdict="ended with $code on the dead disk"
  umount "$disk"
  # Another mount name space may still hold it; then it would not be read anew.
  for ((tries = 0; tries < 100; tries++)); do [ -n "$(losetup -j "$folder/image")" ] || break; sleep 0.05; done
  [ "$tries" -lt 100 ] || fail 70 "the disk is still held by something else"
  mount -o "loop,$2" "$folder/image" "$disk" || fail 70 "the disk cannot be mounted again"
  local least=$((acknowledged < 3 ? acknowledged : 3))
  [ -n "$verdict" ] || require_kept "$disk/run" "$folder/run.log" "$least"
  [ -n "$verdict" ] || require_golden "$disk/run" 0.2 200
  umount "$disk"
  conclude cuts "seed $1, $2, $awaited checkpoints and $pause s: $code, $acknowledged called durable"
}
