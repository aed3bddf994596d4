#!/usr/bin/env bash
# A Flink cluster of this machine, without containers: `cluster.sh up [TASKMANAGERS]`, `cluster.sh down`.
# One JobManager and the TaskManagers are processes of their own; all listen on the loopback address only. `up` again
# starts those that died.
# Its settings are config.yaml beside this file; what it writes (logs, process ids, temporary files) lies below .flink/.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
home=$root/.flink
export PATH=$root/.venv/bin:$PATH  # where TaskManagers find lookalike-worker

running() {  # NAME: is the process there, and not only its entry in the table?
  test -e "$home/$1.pid" && [[ "$(ps -o stat= -p "$(cat "$home/$1.pid")" 2> /dev/null)" == [^Z]* ]]
}

start() {  # NAME HEAP CLASS: a process of the cluster, unless it runs
  local name=$1 heap=$2 class=$3
  if running "$name"; then return; fi
  # Flink's serialisers reach into the JDK; the list is that of Flink's own config.yaml
  local opens=()
  for package in java.lang java.lang.invoke java.lang.reflect java.net java.io java.nio java.text java.time \
    java.util java.util.concurrent java.util.concurrent.atomic java.util.concurrent.locks sun.nio.ch; do
    opens+=("--add-opens=java.base/$package=ALL-UNNAMED")
  done
  # a TaskManager that was killed leaves hundreds of MB of temporary files
  rm -rf "$home/tmp/$name" && mkdir -p "$home/tmp/$name"
  # a class is looked for in one jar after the other: nearly all are in these
  local jars=("$home"/gradle/wrapper/{flink,beam,jackson}-*.jar)
  # what is shuffled is little: compiling it further than at first costs more than it gains, and so does looking for
  # garbage each time that classes need more room. Clocks that tick every 10 ms were half of what an idle cluster does;
  # but a connection waits for a tick whenever its buffer is full, as one of 64 kB is while tasks are sent
  setsid java -Xmx"$heap" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:MetaspaceSize=128m \
    -Dpekko.scheduler.tick-duration=100ms -Dpekko.remote.classic.netty.tcp.write-buffer-high-water-mark=32MiB \
    -Djava.io.tmpdir="$home/tmp/$name" "${opens[@]}" \
    -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.showDateTime=true \
    -Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS \
    -cp "$(printf '%s:' "${jars[@]}")$home/gradle/wrapper/*" \
    "$class" --configDir "$here" >> "$home/$name.log" 2>&1 < /dev/null &
  echo $! > "$home/$name.pid"
}

up() {
  test -e "$home/flink-1.jar" || mvn --quiet --batch-mode --file "$here/pom.xml" package
  start jobmanager 512m org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint
  for ((n = 1; n <= ${1:-2}; n++)); do
    start "taskmanager-$n" 768m org.apache.flink.runtime.taskexecutor.TaskManagerRunner
  done
  for _ in $(seq 240); do
    if curl --silent --fail http://127.0.0.1:8081/overview | grep -q "\"taskmanagers\":${1:-2},"; then
      echo "Flink is up: http://127.0.0.1:8081"
      return
    fi
    sleep 0.5
  done
  echo "Flink did not come up; see $home/jobmanager.log" >&2
  down
  exit 1
}

down() {
  for file in "$home"/*.pid; do
    test -e "$file" || continue
    kill "$(cat "$file")" 2> /dev/null || true
    for _ in $(seq 40); do running "$(basename "$file" .pid)" || break; sleep 0.25; done
    rm "$file"
  done
  rm -rf "$home/tmp"
}

case ${1:-} in
  up) up "${2:-2}" ;;
  down) down ;;
  *) echo "usage: $0 up [TASKMANAGERS] | down" >&2; exit 2 ;;
esac
