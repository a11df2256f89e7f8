#!/usr/bin/env python3
"""What `bidui connector docs` and `schema` print, judged against the committed reference and the sample departments.

Usage: connector_help.py BIDUI
"""
import copy
import glob
import json
import os
import subprocess
import sys

import jsonschema
import yaml

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SECRET = "s3cr3t-Zq81"


class Loader(yaml.SafeLoader):
    """As an editor reads YAML: a date is a text, and only true and false are booleans."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if tag != "tag:yaml.org,2002:timestamp"
            and (tag != "tag:yaml.org,2002:bool" or first in "tTfF")]
    for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def load(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return yaml.load(file, Loader)


def output(bidui, *args):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("BIDUI_")}
    return subprocess.run([bidui, *args], capture_output=True, text=True, check=True, env=environment).stdout


def edited(tree, path, value):
    """A copy with the value at the path; None removes it."""
    tree = copy.deepcopy(tree)
    node = tree
    for name in path[:-1]:
        node = node[name]
    if value is None:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return tree


# file, path, value: each must be refused
BROKEN = [
    ("education", ["connection", "kind"], "soap"),
    ("education", ["connection", "kind"], None),
    ("education", ["connection"], None),
    ("education", ["datasets"], {}),
    ("education", ["datasets", "Enrolment"], {}),
    ("education", ["colour"], "red"),
    ("education", ["connection", "parallel"], 99),
    ("education", ["connection", "timeout"], "30 seconds"),
    ("education", ["connection", "conninfo"], "host=a"),
    ("education", ["connection", "auth", "key"], SECRET),
    ("education", ["connection", "auth", "kind"], "basic"),
    ("education", ["connection", "auth"], {"kind": "bearer"}),
    ("education", ["datasets", "enrolment", "purpose"], None),
    ("education", ["datasets", "enrolment", "grain"], "persons"),
    ("education", ["datasets", "enrolment", "query"], "select 1"),
    ("education", ["datasets", "enrolment", "records"], "data/rows"),
    ("education", ["datasets", "enrolment", "paging", "offset"], "start"),
    ("education", ["datasets", "enrolment", "paging", "page_size"], None),
    ("education", ["datasets", "enrolment", "quality", "max_shrink"], "much"),
    ("education", ["datasets", "enrolment", "quality", "max_shrink"], 30),
    ("education", ["datasets", "enrolment", "key"], ["student_no", "student_no"]),
    ("education", ["datasets", "enrolment", "fields", "grade", "type"], "string"),
    ("education", ["datasets", "enrolment", "identity", "id"], "SFZH"),
    ("education", ["datasets", "enrolment", "arrives", "by"], 31),
    ("civil_affairs", ["connection", "conninfo"], None),
    ("civil_affairs", ["datasets", "allowance", "slices"], "four"),
    ("housing", ["datasets", "assessment", "match"], None),
    ("housing", ["datasets", "assessment", "after"], "burn"),
]
# what the program takes must never be underlined in an editor
SOUND = [
    ("education", ["connection", "tls"], {"min": 1.2}),
    ("education", ["connection", "tls"], {"min": "1.3"}),
    ("education", ["key_until"], "2027-03-31"),
    ("education", ["connection", "auth"], {"kind": "basic", "user": 7, "password": "${env:P}"}),
    ("education", ["datasets", "enrolment", "filters"], [{"kind": "gzip"}]),
    ("education", ["datasets", "enrolment", "paging"], {"kind": "link"}),
]


def keys_of(node):
    """Every key of a department's file but the names that people choose."""
    chosen = {"datasets", "fields", "query", "headers", "values", "namespaces", "json", "form", "columns"}
    if isinstance(node, list):
        return set().union(*map(keys_of, node), set())
    if not isinstance(node, dict):
        return set()
    inner = [keys_of(child) if key not in chosen else
             set().union(*map(keys_of, child.values()), set()) if isinstance(child, dict) else set()
             for key, child in node.items()]
    return set(node).union(*inner)


def check_docs(bidui):
    used = set().union(*(keys_of(load(path)) for path in samples()))
    for name, args in (("connector-reference.zh-CN.md", []), ("connector-reference.md", ["--english"])):
        text = output(bidui, "connector", "docs", *args)
        with open(os.path.join(ROOT, "docs", name), encoding="utf-8") as file:
            same = file.read() == text
        yield name, None if same else f"differs: run bidui connector docs {' '.join(args)} > docs/{name}"
        paths = [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")]
        missing = used - {path.split(".")[-1].removesuffix("[]") for path in paths}
        yield name + " is whole", f"lacks {sorted(missing)}" if missing else None


def samples():
    return sorted(glob.glob(os.path.join(ROOT, "config", "connectors", "*.yaml"))
                  + glob.glob(os.path.join(ROOT, "docs", "odbc", "*.yaml")))


def check_schema(bidui):
    for args in ([], ["--english"]):
        schema = json.loads(output(bidui, "connector", "schema", *args))
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)

        def first(tree):
            problem = jsonschema.exceptions.best_match(validator.iter_errors(tree))
            return problem and f"{'/'.join(map(str, problem.absolute_path))}: {problem.message[:200]}"

        for path in samples():
            yield os.path.basename(path), first(load(path))
        for file, path, value in SOUND:
            yield f"sound {path} {value}", first(edited(load("config", "connectors", file + ".yaml"), path, value))
        for file, path, value in BROKEN:
            why = first(edited(load("config", "connectors", file + ".yaml"), path, value))
            yield f"broken {file} {'.'.join(path)} {value}", None if why else "not refused"


def main():
    done = [*check_docs(sys.argv[1]), *check_schema(sys.argv[1])]
    failures = [(name, why) for name, why in done if why]
    for name, why in failures:
        print(f"not ok {name}: {why}")
    print(f"{len(done) - len(failures)} passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
