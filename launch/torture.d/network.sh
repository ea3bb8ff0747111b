# Trials between two "hosts": network namespaces of this machine with a cable between them, which is cut or made
# slow; sourced by launch/torture. They need root and iproute2.
# Not here: several ranks on one host.
# shellcheck shell=bash

# As in launch/slurm.sbatch: a lost host is noticed within seconds.
keepalive=(--mca oob_tcp_keepalive_time 3 --mca oob_tcp_keepalive_intvl 2 --mca oob_tcp_keepalive_probes 2)

can_connect() {
  [ "$(id -u)" = 0 ] && command -v ip > /dev/null && command -v tc > /dev/null || return
  connect_hosts 2> /dev/null
  local result=$?
  disconnect_hosts
  return "$result"
}

# Hosts $host1 and $host2 with the addresses 10.77.0.1 and 10.77.0.2, and an agent that starts a command on one of
# them as ssh would.
connect_hosts() {
  local number
  host1=torture$$-1 host2=torture$$-2
  ip netns add "$host1" && ip netns add "$host2" || return
  ip link add cable netns "$host1" type veth peer name cable netns "$host2" || return
  for number in 1 2; do
    ip -n "torture$$-$number" address add "10.77.0.$number/24" dev cable
    ip -n "torture$$-$number" link set cable up
    ip -n "torture$$-$number" link set lo up
  done
  cat > "$folder/agent" << AGENT
#!/bin/bash
# ADDRESS COMMAND...
number=\${1##*.} && shift
exec ip netns exec torture$$-\$number unshare --uts bash -c "hostname host\$number; \$*"
AGENT
  chmod +x "$folder/agent"
}

disconnect_hosts() {
  [ -n "${host1:-}" ] || return 0
  ip netns delete "$host1" 2> /dev/null
  ip netns delete "$host2" 2> /dev/null
  host1=''
}

# One rank on each host, in the background.
start_on_hosts() {
  ip netns exec "$host1" unshare --uts bash -c 'hostname host1; exec "$@"' bash \
    mpirun --host 10.77.0.1:1,10.77.0.2:1 -np 2 --mca plm_rsh_agent "$folder/agent" \
    --mca pml ob1 --mca btl self,vader,tcp --mca btl_tcp_if_include 10.77.0.0/24 \
    --mca oob_tcp_if_include 10.77.0.0/24 "${keepalive[@]}" -x TRANSGAN_FAULT \
    "$program" train "${recipe[@]}" --run-dir "$run" > "$run.log" 2>&1 &
  child=$!
}

# Daemons of the launcher count too.
expect_hosts_empty() {
  local tries=0
  while [ -n "$(ip netns pids "$host1")$(ip netns pids "$host2")" ] && [ "$tries" -lt 50 ]; do
    pause 0.1
    tries=$((tries + 1))
  done
  [ "$tries" -lt 50 ] || refute "left processes on the hosts"
}

# The cable is cut in the middle of a training: its ranks end, on either side.
trial_partition() {
  local cut
  np=2
  draw_next
  connect_hosts || fail 70 "the network namespaces cannot be made"
  # So slow that the training is not over before.
  TRANSGAN_FAULT=slow:rank=1,step=0,point=discriminatorBlocks,value=300
  export TRANSGAN_FAULT
  start_on_hosts
  unset TRANSGAN_FAULT
  until [ -e "$run/ready" ] || ! kill -0 "$child" 2> /dev/null; do pause 0.03; done
  pause_up_to 4000
  needs_running
  ip -n "$host1" link set cable down
  milliseconds cut
  await 120
  detail+=", ended $((ended - cut)) ms after the cut"
  if [ "$effect" ]; then
    # The launcher lost the other daemon, or a rank its peer.
    expect 205 76
    [ $((ended - cut)) -le 15000 ] || refute "ended $((ended - cut)) ms after the cut"
  fi
  expect_hosts_empty
  disconnect_hosts
}

# A hundredth of a usual network's rate: the same bits, later.
trial_slowlink() {
  local number
  np=2
  connect_hosts || fail 70 "the network namespaces cannot be made"
  for number in 1 2; do
    tc -n "torture$$-$number" qdisc add dev cable root tbf rate 10mbit burst 32kb latency 50ms
  done
  start_on_hosts
  await
  expect 0
  expect_golden "of the run"
  expect_hosts_empty
  disconnect_hosts
  next=''
}
