#!/usr/bin/env bash
# Runs the check with annotations, a job summary and a SARIF file. The exit code is an output, so
# that the file is uploaded before the job fails by it. Reads ECSLINT_PATHS and ECSLINT_ARGS, each
# with one item a line.
set -euo pipefail

items() {
    local line
    while IFS= read -r line; do
        line=${line%$'\r'}
        # A line of blanks is no item.
        if [[ -n ${line//[[:space:]]/} ]]; then
            printf '%s\0' "$line"
        fi
    done <<<"$1"
}
paths=()
while IFS= read -r -d '' item; do paths+=("$item"); done < <(items "${ECSLINT_PATHS:-.}")
arguments=()
while IFS= read -r -d '' item; do arguments+=("$item"); done < <(items "${ECSLINT_ARGS:-}")

sarif=$RUNNER_TEMP/ecslint.sarif
rm -f "$sarif"
code=0
ecslint check --format github --output "sarif=$sarif" ${arguments[@]+"${arguments[@]}"} \
    -- ${paths[@]+"${paths[@]}"} || code=$?
[[ -s $sarif ]] || sarif=
{
    printf 'exit-code=%s\n' "$code"
    printf 'sarif=%s\n' "$sarif"
} >>"$GITHUB_OUTPUT"
