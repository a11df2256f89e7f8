"""Splink (DuckDB) on the lists linkage.py gives it, configured with care: for each field the comparison Splink's own
guides use, term frequencies for names and places, several blocking rules, u from random pairs, m by EM over three rules.

    linkage_splink.py febrl|county OUT LEFT [RIGHT] [--without COLUMN]...

Writes OUT (CSV: left, right, probability) and prints {"seconds": ..., "version": ...}, imports not counted.
"""
import json
import logging
import sys
import time

import duckdb
import pandas
import splink
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

logging.getLogger("splink").setLevel(logging.ERROR)

TF = {"term_frequency_adjustments": True}
FEBRL = {
    "given_name": lambda: cl.JaroWinklerAtThresholds("given_name", [0.92, 0.8]).configure(**TF),
    "surname": lambda: cl.JaroWinklerAtThresholds("surname", [0.92, 0.8]).configure(**TF),
    "date_of_birth": lambda: cl.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]),
    "soc_sec_id": lambda: cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
    "street_number": lambda: cl.ExactMatch("street_number").configure(**TF),
    "address_1": lambda: cl.JaroWinklerAtThresholds("address_1", [0.9, 0.7]).configure(**TF),
    "address_2": lambda: cl.JaroWinklerAtThresholds("address_2", [0.9, 0.7]).configure(**TF),
    "suburb": lambda: cl.JaroWinklerAtThresholds("suburb", [0.9, 0.7]).configure(**TF),
    "postcode": lambda: cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(**TF),
    "state": lambda: cl.ExactMatch("state").configure(**TF),
}
FEBRL_BLOCKS = [["soc_sec_id"], ["date_of_birth"], ["given_name", "surname"], ["surname", "postcode"], ["given_name", "postcode"],
                ["address_1"], ["address_2"], ["suburb", "street_number"], ["surname", "suburb"], ["given_name", "suburb"]]
FEBRL_TRAINING = [["given_name", "surname"], ["date_of_birth"], ["postcode", "suburb"]]

COUNTY = {
    "name": lambda: cl.DamerauLevenshteinAtThresholds("name", [1]).configure(**TF),
    "number": lambda: cl.DamerauLevenshteinAtThresholds("number", [1, 2]),
    "birth": lambda: cl.DamerauLevenshteinAtThresholds("birth", [1, 2]),
    "sex": lambda: cl.ExactMatch("sex"),
    "phone": lambda: cl.DamerauLevenshteinAtThresholds("phone", [1]).configure(**TF),
    "village": lambda: cl.ExactMatch("village").configure(**TF),
    "address": lambda: cl.JaroWinklerAtThresholds("address", [0.95, 0.88]).configure(**TF),
}
COUNTY_BLOCKS = [["number"], ["phone"], ["name", "birth"], ["name", "village"], ["birth", "village"], ["name", "sex"], ["address"],
                 ["birth", "sex"]]
COUNTY_TRAINING = [["number"], ["name", "birth"], ["phone"]]
NAMES = {"编号": "key", "姓名": "name", "身份证号": "number", "出生日期": "birth", "性别": "sex", "联系电话": "phone", "行政村": "village",
         "家庭住址": "address"}


def read(path, kind, dropped):
    table = pandas.read_csv(path, dtype=str, keep_default_na=False).rename(columns={**NAMES, "rec_id": "key"}).drop(columns=dropped)
    if kind == "county":  # what an expert would do first: dates as digits, blanks out, the township off the village
        table["birth"] = table["birth"].str.replace(r"^(\d{4})年(\d+)月(\d+)日$", lambda m: f"{m[1]}{int(m[2]):02d}{int(m[3]):02d}", regex=True)
        table["birth"] = table["birth"].str.replace("-", "", regex=False)
        table["name"] = table["name"].str.replace(r"[ ·.]", "", regex=True)
        table["number"] = table["number"].str.upper()
        table["village"] = table["village"].str.replace(r"^.*镇", "", regex=True)
    return table.replace("", None)


def main():
    args = sys.argv[1:]
    dropped = []
    while "--without" in args:
        at = args.index("--without")
        dropped.append(args[at + 1])
        del args[at:at + 2]
    kind, out, paths = args[0], args[1], args[2:]
    comparisons, blocks, training = (FEBRL, FEBRL_BLOCKS, FEBRL_TRAINING) if kind == "febrl" else (COUNTY, COUNTY_BLOCKS, COUNTY_TRAINING)
    began = time.monotonic()
    usable = [b for b in blocks if not set(b) & set(dropped)]
    tables = [read(p, kind, dropped) for p in paths]
    settings = SettingsCreator(link_type="link_only" if len(tables) == 2 else "dedupe_only", unique_id_column_name="key",
                               comparisons=[make() for name, make in comparisons.items() if name not in dropped],
                               blocking_rules_to_generate_predictions=[block_on(*b) for b in usable])
    api = DuckDBAPI()
    linker = Linker([api.register(t, dataset_display_name=n) for t, n in zip(tables, ("list_a", "list_b"))], settings)
    linker.training.estimate_probability_two_random_records_match([block_on(*b) for b in usable[:3]], recall=0.9)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in training:
        if not set(rule) & set(dropped):
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule), record_sample_proportion=1.0)
    found = linker.inference.predict(threshold_match_probability=0.01).as_pandas_dataframe()
    found = found.rename(columns={"key_l": "left", "key_r": "right", "match_probability": "probability"})
    if len(tables) == 2 and "source_dataset_l" in found.columns:
        turned = found["source_dataset_l"] == "list_b"
        found.loc[turned, ["left", "right"]] = found.loc[turned, ["right", "left"]].to_numpy()
    found[["left", "right", "probability"]].to_csv(out, index=False)
    print(json.dumps({"seconds": round(time.monotonic() - began, 2), "version": splink.__version__, "duckdb": duckdb.__version__}))


if __name__ == "__main__":
    main()
