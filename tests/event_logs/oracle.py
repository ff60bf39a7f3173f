"""What pm4py says of the logs in a folder (`xes`, or the object-centric one, `ocel`), as JSON: the program's answers are held against it.

Working times are taken twice: by pm4py's conversion to intervals, which pairs starts and completions first in, first out, and
here in a few lines over the same rows, which also tell runs without a start from runs that took no time.
"""

import collections
import json
import sys
import warnings

warnings.filterwarnings("ignore")

import pm4py
from pm4py.objects.log.util import interval_lifecycle

CASE, ACTIVITY, TIME, STEP, WHO = "case:concept:name", "concept:name", "time:timestamp", "lifecycle:transition", "org:resource"
LOGS = {"bpic2012": "112", "receipt": None, "helpdesk": None}


def seconds(values):
    series = values.astype(float)
    percent = [25, 50, 75, 90, 95]
    quantiles = {str(p): series.quantile(p / 100) for p in percent}
    return {"count": int(series.count()), "mean": series.mean(), "min": series.min(), "max": series.max(), "quantiles": quantiles}


def completed(frame):
    return frame[frame[STEP].str.lower() == "complete"] if STEP in frame else frame


def paired(frame, machine):
    """People's time at work by case, first begun first ended, and the runs that it rests on."""
    open_runs, by_case, runs = collections.defaultdict(collections.deque), collections.Counter(), 0
    for case, activity, step, who, time in frame[[CASE, ACTIVITY, STEP, WHO, TIME]].itertuples(index=False):
        if step == "START":
            open_runs[case, activity].append((time, who))
        elif step == "COMPLETE" and open_runs[case, activity]:
            began, by = open_runs[case, activity].popleft()
            by = who if by != by else by
            if by != machine:
                by_case[case] += (time - began).total_seconds()
                runs += 1
    return {"cases": len(by_case), "runs": runs, "seconds": sum(by_case.values())}


def answers(folder, name, machine):
    frame = pm4py.read_xes(f"{folder}/{name}.xes.gz")
    ended = completed(frame)
    times = frame.groupby(CASE)[TIME]
    variants = pm4py.get_variants(ended)
    sizes = sorted((count if isinstance(count, int) else len(count) for count in variants.values()), reverse=True)
    answer = {
        "cases": int(frame[CASE].nunique()),
        "events": len(frame),
        "throughput": seconds((times.max() - times.min()).dt.total_seconds()),
        "pm4py_durations_sum": float(sum(pm4py.get_all_case_durations(frame))),
        "variants": len(variants),
        "variant_sizes": sizes[:10],
        "rework": pm4py.get_rework_cases_per_activity(ended),
        "resources": int(frame[WHO].nunique()) if WHO in frame else 0,
    }
    if machine is not None:
        work = frame[frame[ACTIVITY].str.startswith("W_")].copy()
        work[STEP] = work[STEP].str.lower()
        intervals = interval_lifecycle.to_interval(pm4py.convert_to_event_log(work))
        totals = collections.Counter()
        for trace in intervals:
            for event in trace:
                totals[event[ACTIVITY]] += (event[TIME] - event["start_timestamp"]).total_seconds()
        answer["service"] = dict(totals)
        answer["people"] = paired(frame, machine)
    return answer


def object_centric(folder):
    log = pm4py.read_ocel(f"{folder}/recruiting-red.jsonocel")
    flat = {kind: pm4py.ocel_flattening(log, kind) for kind in pm4py.ocel_get_object_types(log)}
    return {kind: {"cases": int(frame[CASE].nunique()), "events": len(frame)} for kind, frame in flat.items()}


if __name__ == "__main__":
    folder, kind = sys.argv[1:]
    if kind == "ocel":
        json.dump(object_centric(folder), sys.stdout)
    else:
        json.dump({name: answers(folder, name, machine) for name, machine in LOGS.items()}, sys.stdout)
