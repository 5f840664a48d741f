# Shared by .ci/run and .ci/full: steps that say what they do, and a closing line that counts tests.

cache="${XDG_CACHE_HOME:-$HOME/.cache}/portcullis-ci"
mkdir -p "$cache"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$cache/target}"
export CARGO_INCREMENTAL=0
log="$cache/tests.log"
steps=0

step() {
    steps=$((steps + 1))
    local started=$SECONDS
    printf '\n==> %s\n' "$*"
    "$@" || { printf 'FAILED: %s\n' "$*"; exit 1; }
    printf '    ok, %ss\n' "$((SECONDS - started))"
}

need() {
    command -v "$1" >/dev/null || { echo "missing: $1. $2"; exit 1; }
}

# Tests that ran, summed over the runner's own result lines.
closing_line() {
    local passed failed
    passed=$(awk '/^test result:/ {n += $4} END {print n + 0}' "$log")
    failed=$(awk '/^test result:/ {n += $6} END {print n + 0}' "$log")
    [ "$passed" -gt 0 ] || { echo "no test ran"; exit 1; }
    printf '\n%s steps ok\n%s passed, %s failed\n' "$steps" "$passed" "$failed"
}
