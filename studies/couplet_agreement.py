"""How far successive halving agrees with a full couplet study, beside how far full studies of one seed agree with each other.

  couplet_agreement.py FULL/results.json HALVING/results.json

Both by the same score, HALVING on other seeds. Of single seeds: the rank correlation of the pairs' scores, and how many of the lowest
quarter are the same. Then what the best pairs by each are worth: their mean in the full study over the seeds that did not choose them.
"""
import itertools
import json
import sys

import numpy


def ranks(values):
    return numpy.argsort(numpy.argsort(values))


def spearman(a, b):
    return numpy.corrcoef(ranks(a), ranks(b))[0, 1]


def main(full, halving):
    full, halving = (json.load(open(path)) for path in (full, halving))
    names = [pair["name"] for pair in full["pairs"]]
    cells = {cell["name"]: cell for cell in full["cells"]}
    by_seed = numpy.array([[run["score"] for run in cells[name]["runs"]] for name in names]).T
    quarter, best = len(names) // 4, len(halving["cells"]) - 1  # "none" stands beside the pairs
    print(f"{len(names)} pairs, {len(by_seed)} seeds; of single seeds, two at a time:")
    for a, b in itertools.combinations(range(len(by_seed)), 2):
        low = [set(numpy.argsort(by_seed[i])[:quarter]) for i in (a, b)]
        print(f"  {a} and {b}: rank correlation {spearman(by_seed[a], by_seed[b]):.2f}, {len(low[0] & low[1])} of {quarter} lowest the same")
    for rung in halving["rungs"]:
        means = {cell["name"]: cell["mean"] for cell in rung["cells"]}
        there = [i for i, name in enumerate(names) if name in means]
        print(f"halving, {rung['steps']} steps, {len(there)} pairs: rank correlation with the full study "
              f"{spearman([means[names[i]] for i in there], by_seed.mean(0)[there]):.2f}")
    place = ranks(-by_seed.mean(0)) + 1
    kept = [names.index(cell["name"]) for cell in halving["cells"] if cell["name"] in names]
    print(f"the {best} best, in the full study (all pairs {100 * by_seed.mean():.1f}, none {100 * cells['none']['mean']:.1f}):")
    print(f"  by halving: {100 * by_seed[:, kept].mean():.1f}, places {', '.join(map(str, sorted(place[kept])))} of {len(names)}")
    for seed in range(len(by_seed)):
        chosen = numpy.argsort(-by_seed[seed])[:best]
        others = numpy.delete(by_seed, seed, 0)
        print(f"  by seed {seed} alone: {100 * others[:, chosen].mean():.1f} on the other seeds (all pairs {100 * others.mean():.1f})")


main(*sys.argv[1:])
