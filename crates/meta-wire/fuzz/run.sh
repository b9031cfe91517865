#!/bin/sh
# Builds every fuzz target with stable Rust and runs each for SECONDS, from the webhook bodies of tests/payloads and the
# inputs in seeds/. Stops with an error at the first input that makes a target fail, and says where it is kept.
#
#     run.sh SECONDS [TARGET...]
set -eu
seconds=${1:?usage: run.sh SECONDS [TARGET...]}
shift
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
[ $# -gt 0 ] || set -- $(sed -n 's/^name = "\([a-z_]*\)"$/\1/p' "$here/Cargo.toml")

# LLVM's coverage counters are what libFuzzer steers by. With --target the flags leave build scripts alone.
triple=$(rustc -vV | sed -n 's/^host: //p')
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}/fuzz
export CARGO_TARGET_DIR
RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares" \
    cargo build --quiet --release --locked --target "$triple" --manifest-path "$here/Cargo.toml"

for target in "$@"; do
    corpus=$CARGO_TARGET_DIR/corpus/$target
    failures=$CARGO_TARGET_DIR/failures/$target
    mkdir -p "$corpus" "$failures"
    seeds=
    [ -d "$here/seeds/$target" ] && seeds=$here/seeds/$target
    # Each body once, under its path as name; large ones would only slow the run down.
    case $target in
    decode | decode_item | signature)
        (cd "$root/tests/payloads" && find . -name '*.json' -size -32k) | while read -r path; do
            cp "$root/tests/payloads/$path" "$corpus/$(echo "$path" | tr / _)"
        done
        ;;
    esac
    printf '%s: ' "$target"
    log=$CARGO_TARGET_DIR/$target.log
    if "$CARGO_TARGET_DIR/$triple/release/$target" "$corpus" $seeds -dict="$here/dictionary.txt" \
        -max_total_time="$seconds" -max_len=32768 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$failures/" >"$log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        cover=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -1)
        echo "$runs runs in $seconds s, $cover edges covered, no failure"
    else
        tail -n 30 "$log"
        echo "$target failed; the input is in $failures" >&2
        exit 1
    fi
done
