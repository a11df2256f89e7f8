"""An independent evaluator of the sample county: what the lists of a few nights must hold.

It reads what generate.py wrote and nothing that the program made; every rule and every choice of docs/episodes.md is
written here a second time, by hand. `python3 -m evaluator DATA CONFIG` prints the lists as JSON.
"""
