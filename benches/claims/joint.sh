#!/usr/bin/env bash
# Our scaler or the HorizontalPodAutoscaler, each with our balancer or round robin, over recorded traffic: response times,
# requests over the objective, also in the time after instances have begun to work, and instance hours. Arguments are
# handed on to the example `joint`, such as `seeds=3 workers=8`. Traffic is made up where the recordings are not there.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
traces="${TRACES:-$here/../shared/samples/series/workload}"

play() {
	echo "$1"
	shift
	cargo run --release --quiet --manifest-path "$here/Cargo.toml" -p opusclip-core --no-default-features \
		--features balance,scaling --example joint -- "$@"
}

echo "load of the machine: $(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null || uptime)"
if [ ! -d "$traces" ]; then
	echo "there are no recordings in $traces: made-up days"
	play "days with a burst in each hour" days=1 "$@"
	exit
fi
play "NASA, July 1995, two days by the minute" "$traces/nasa_http_1995_per_minute.csv" days=2 mean=60 "$@"
play "a cluster of application servers, two days by the hour" "$traces/app_server_cluster_hourly.csv" \
	column=requests step=3600 days=2 mean=60 "$@"
play "Alibaba, 2018, CPU usage of a data centre as the rate, two days by five minutes" \
	"$traces/alibaba2018_machine_usage_300s.csv" column=cpu_util_percent step=300 counts=1 days=2 mean=60 "$@"
