#!/bin/bash
# Fills a department's database as of a day:  load_db.sh FOLDER DAY   (connection by PGHOST, PGDATABASE and the like)
# Each FOLDER/TABLE.csv becomes the table TABLE, of text columns, with the rows visible on DAY: _from <= DAY < _to.
# All tables change in one transaction; a department's clients see the day before or the day, never half of it.
set -euo pipefail
export LC_ALL=C.UTF-8 PGCLIENTENCODING=UTF8

if [ $# -ne 2 ] || ! [[ $2 =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}$ ]]; then
    echo "usage: load_db.sh FOLDER DAY" >&2
    exit 2
fi
folder=$(readlink -f "$1")
day=$2

one_table() {
    local csv=$1 table columns staged
    table=$(basename "$csv" .csv)
    columns=$(head -n 1 "$csv" | tr -d '\r')
    staged=${columns//,/ text, }
    columns=${columns%,_from,_to}
    echo "create temp table staged ($staged text) on commit drop;"
    echo "\\copy staged from '$csv' with (format csv, header true)"
    echo "drop table if exists $table;"
    echo "create table $table as select $columns from staged where (_from is null or _from <= '$day') and (_to is null or '$day' < _to);"
    echo "analyze $table;"
    echo "drop table staged;"
}

{
    echo "begin;"
    for csv in "$folder"/*.csv; do
        one_table "$csv"
    done
    echo "grant select on all tables in schema public to public;"
    echo "commit;"
} | psql -X -q -v ON_ERROR_STOP=1
