#!/bin/bash
# fuzz.sh FOLDER TARGET...: builds each tests/fuzz/TARGET_fuzz.c with libFuzzer and runs it on its corpus.
# FUZZ_SECONDS each (default 20); 0: only the corpus, once. LDLIBS names the libraries.
set -euo pipefail
folder=$1; shift
seconds=${FUZZ_SECONDS:-20}
mkdir -p "$folder"
make --no-print-directory -j2 CC=clang SANITIZE=fuzzer-no-link,address,undefined BUILD="$folder" "$folder/libbidui.a" >/dev/null
passed=0
for target in "$@"; do
    clang -std=gnu17 -O1 -g -fsanitize=fuzzer,address,undefined -I. -isystem "$(pg_config --includedir)" -D_GNU_SOURCE \
        -o "$folder/$target" "tests/fuzz/${target}_fuzz.c" "$folder/libbidui.a" \
        $LDLIBS
    mkdir -p "$folder/found/$target"
    if [ "$seconds" -eq 0 ]; then
        "$folder/$target" -runs=0 "tests/fuzz/corpus/$target" >"$folder/$target.log" 2>&1 || { tail -40 "$folder/$target.log"; exit 1; }
    else
        "$folder/$target" -max_total_time="$seconds" -rss_limit_mb=2048 -artifact_prefix="$folder/" \
            "$folder/found/$target" "tests/fuzz/corpus/$target" >"$folder/$target.log" 2>&1 || { tail -40 "$folder/$target.log"; exit 1; }
    fi
    passed=$((passed + 1))
done
echo "fuzz: $passed passed, 0 failed"
