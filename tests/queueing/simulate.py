"""Mean waits of queues by ciw, for the test of the twin: cases as JSON on stdin, means and half widths as JSON on stdout.

A case has servers, rates of arrival and service, their squared coefficients of variation, how long to play and how often. The
half width is four standard errors over the replications.
"""

import json
import math
import statistics
import sys

import ciw


def gamma(mean: float, squared_variation: float) -> ciw.dists.Distribution:
    if squared_variation == 0:
        return ciw.dists.Deterministic(value=mean)
    return ciw.dists.Gamma(shape=1 / squared_variation, scale=mean * squared_variation)


def mean_wait(case: dict, seed: int) -> float:
    ciw.seed(seed)
    network = ciw.create_network(
        arrival_distributions=[gamma(1 / case["arrival_rate"], case["arrival_variation"])],
        service_distributions=[gamma(1 / case["service_rate"], case["service_variation"])],
        number_of_servers=[case["servers"]],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(case["warm_up"] + case["seconds"])
    waits = [r.waiting_time for r in simulation.get_all_records() if r.arrival_date > case["warm_up"]]
    return statistics.fmean(waits)


def main() -> None:
    results = []
    for case in json.load(sys.stdin):
        means = [mean_wait(case, seed) for seed in range(case["replications"])]
        half = 4 * statistics.stdev(means) / math.sqrt(len(means))
        results.append({"mean": statistics.fmean(means), "half": half})
    json.dump(results, sys.stdout)


main()
