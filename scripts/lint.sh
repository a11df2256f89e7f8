#!/bin/bash
# Small rules that a compiler does not know. Every remark that could recur becomes a line here.
set -euo pipefail
cd "$(dirname "$0")/.."
bad=0
complain() { echo "lint: $1" >&2; echo "$2" | head -5 >&2; bad=1; }
forbid() { # text pattern files...
    local text=$1 pattern=$2 hits
    shift 2
    hits=$(git grep -nIE "$pattern" -- "$@" || true)
    [ -z "$hits" ] || complain "$text" "$hits"
}
# folders include only from the folders above them
forbid "base includes from above it" '#include "(connectors|pipeline)/' 'base/*'
forbid "base knows no servers" '#include <(libpq-fe|curl/)' 'base/*'
forbid "connectors include from the pipeline" '#include "pipeline/' 'connectors/*'
# a stage never calls another: only cmd_*.c and main call stage_*
hits=$(git grep -nE '\bstage_(pull|assess|alert|deliver)\(' -- 'pipeline/*.c' 'pipeline/**/*.c' | grep -vE '^pipeline/cmd_' | grep -vE 'enum rc stage_(pull|assess|alert|deliver)\(struct stage' || true)
[ -z "$hits" ] || complain "a stage calls a stage" "$hits"
forbid "banned function" '\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|sscanf|strtod|localtime|ctime|rand|system|popen)\(' 'base/*.c' 'connectors/*.c' 'pipeline/*.c' 'base/**/*.c' 'connectors/**/*.c' 'pipeline/**/*.c'
forbid "STR_ARGS evaluates its argument twice" 'STR_ARGS\((str_cut|arena_printf)\(' '*.c'
hits=$(ls schema | cut -c1-4 | sort | uniq -d)
[ -z "$hits" ] || complain "two migrations bear one number" "$hits"
forbid "unfinished" '\b(TODO|FIXME|HACK)\b' '*.c' '*.h' '*.sql' '*.py' ':!scripts/lint.sh'
forbid "a path of one machine" '/work/|\.\./shared' ':!scripts/lint.sh'
[ "$bad" -eq 0 ] && echo "lint: clean"
exit "$bad"
