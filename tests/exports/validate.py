"""Judges exported plans with the tools of those who will read them, and with rules of our own where those are too lax.

The files come as JSON on stdin; the folder of the CRDs is the argument. For each form a spoiled copy is made as well, which has to be
refused: a check that accepts everything would say nothing.
"""

import csv
import io
import json
import re
import subprocess
import sys
import tempfile
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import botocore.session
import hcl2
import jsonschema
import kubernetes_validate
import yaml
from botocore.validate import ParamValidator

SCHEMAS = Path(sys.argv[1])
DAYS = {"MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"}
DIMENSIONS = {
    "sagemaker:variant:DesiredInstanceCount": r"endpoint/[a-zA-Z0-9-]{1,63}/variant/[a-zA-Z0-9-]{1,63}",
    "sagemaker:inference-component:DesiredCopyCount": r"inference-component/[a-zA-Z0-9-]{1,63}",
}
METRICS = {
    "sagemaker:variant:DesiredInstanceCount": "SageMakerVariantInvocationsPerInstance",
    "sagemaker:inference-component:DesiredCopyCount": "SageMakerInferenceComponentInvocationsPerCopy",
}


class Refused(Exception):
    pass


def check(is_so: bool, why: str) -> None:
    if not is_so:
        raise Refused(why)


def aws_cron(text: str) -> None:
    """AWS: minutes hours day-of-month month day-of-week year; one of the two kinds of days is `?`."""
    match = re.fullmatch(r"cron\((\d{1,2}) (\d{1,2}) ([*?]) \* (\S+) \*\)", text)
    check(match is not None, f"{text} is no cron expression of six fields")
    minute, hour, day_of_month, day_of_week = match.groups()
    check(int(minute) < 60 and int(hour) < 24, f"{text}: no such time")
    check((day_of_month == "?") != (day_of_week == "?"), f"{text}: exactly one kind of days is ?")
    check(day_of_week == "?" or set(day_of_week.split(",")) <= DAYS, f"{text}: no such day")


def unix_cron(text: str) -> None:
    match = re.fullmatch(r"(\d{1,2}) (\d{1,2}) \* \* (\*|[0-6](,[0-6])*)", text)
    check(match is not None, f"{text} is no cron expression of five fields")
    check(int(match.group(1)) < 60 and int(match.group(2)) < 24, f"{text}: no such time")


def address(request: dict) -> None:
    dimension = request["ScalableDimension"]
    check(dimension in DIMENSIONS, f"no dimension {dimension}")
    check(re.fullmatch(DIMENSIONS[dimension], request["ResourceId"]) is not None, f"{request['ResourceId']} is no {dimension}")
    check(request["ServiceNamespace"] == "sagemaker", "the dimension is SageMaker's")


def bounds(action: dict) -> None:
    check(0 <= action["MinCapacity"] <= action["MaxCapacity"], f"{action} is no range")


def app_autoscaling(text: str) -> None:
    service = botocore.session.get_session().get_service_model("application-autoscaling")
    names = set()
    for operation, requests in json.loads(text).items():
        shape = service.operation_model(operation).input_shape
        for request in requests:
            report = ParamValidator().validate(request, shape)
            check(not report.has_errors(), report.generate_report())
            address(request)
            match operation:
                case "RegisterScalableTarget":
                    bounds(request)
                case "PutScheduledAction":
                    aws_cron(request["Schedule"])
                    bounds(request["ScalableTargetAction"])
                    name = (request["ResourceId"], request["ScheduledActionName"])
                    check(name not in names, f"{name} stands twice: the later would replace the earlier")
                    names.add(name)
                case "PutScalingPolicy":
                    configuration = request["TargetTrackingScalingPolicyConfiguration"]
                    metric = configuration["PredefinedMetricSpecification"]["PredefinedMetricType"]
                    check(metric == METRICS[request["ScalableDimension"]], f"{metric} is not of the dimension")
                    check(configuration["TargetValue"] > 0, "a target of nothing")
                case _:
                    raise Refused(f"what is {operation}?")


def cloudformation(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "template.json")
        file.write_text(text)
        command = [str(Path(sys.executable).with_name("cfn-lint")), "--regions", "us-east-1", "--", str(file)]
        run = subprocess.run(command, capture_output=True, text=True)
        check(run.returncode == 0, run.stdout + run.stderr)
    for resource in json.loads(text)["Resources"].values():
        for action in resource["Properties"].get("ScheduledActions", []):
            aws_cron(action["Schedule"])
            bounds(action["ScalableTargetAction"])


def terraform(text: str) -> None:
    document = hcl2.loads(text)
    plain = lambda value: value.strip('"') if isinstance(value, str) else value
    allowed = {
        "aws_appautoscaling_target": {"service_namespace", "resource_id", "scalable_dimension", "min_capacity", "max_capacity", "lifecycle"},
        "aws_appautoscaling_scheduled_action": {
            "name", "service_namespace", "resource_id", "scalable_dimension", "schedule", "timezone", "scalable_target_action",
        },
        "aws_appautoscaling_policy": {
            "name", "policy_type", "service_namespace", "resource_id", "scalable_dimension", "target_tracking_scaling_policy_configuration",
        },
    }
    targets, references = set(), set()
    for resource in document["resource"]:
        [(kind, named)] = [(plain(kind), named) for kind, named in resource.items() if not kind.startswith("__")]
        check(kind in allowed, f"no resource {kind}")
        [(name, body)] = [(plain(name), body) for name, body in named.items() if not name.startswith("__")]
        arguments = {key for key in body if not key.startswith("__")}
        check(arguments <= allowed[kind], f"{kind} has no {arguments - allowed[kind]}")
        check(allowed[kind] - {"lifecycle"} <= arguments, f"{kind} wants {allowed[kind] - arguments}")
        if kind == "aws_appautoscaling_target":
            check(name not in targets, f"{name} stands twice")
            targets.add(name)
            request = {"ServiceNamespace": "service_namespace", "ResourceId": "resource_id", "ScalableDimension": "scalable_dimension"}
            address({key: plain(body[argument]) for key, argument in request.items()})
            bounds({"MinCapacity": body["min_capacity"], "MaxCapacity": body["max_capacity"]})
        else:
            match = re.fullmatch(r"\$\{aws_appautoscaling_target\.(\w+)\.resource_id\}|aws_appautoscaling_target\.(\w+)\.resource_id", plain(body["resource_id"]))
            check(match is not None, f"{body['resource_id']} is no reference")
            references.add(match.group(1) or match.group(2))
        if kind == "aws_appautoscaling_scheduled_action":
            aws_cron(plain(body["schedule"]))
            [action] = body["scalable_target_action"]
            bounds({"MinCapacity": action["min_capacity"], "MaxCapacity": action["max_capacity"]})
    check(references <= targets, f"no target {references - targets}")


def custom_resource(file: str, document: dict) -> None:
    crd = yaml.safe_load((SCHEMAS / file).read_text())
    version = document["apiVersion"].split("/")[1]
    [schema] = [v["schema"]["openAPIV3Schema"] for v in crd["spec"]["versions"] if v["name"] == version]
    try:
        jsonschema.validate(document, closed(schema))
    except jsonschema.ValidationError as error:
        raise Refused(error.message) from None
    label(document["metadata"]["name"])


def closed(schema: dict) -> dict:
    """A schema that refuses fields it does not name, as the API server prunes them."""
    if not isinstance(schema, dict):
        return schema
    schema = {key: closed_entry(key, value) for key, value in schema.items()}
    is_open = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    if "properties" in schema and not is_open:
        schema["additionalProperties"] = False
        schema["properties"].setdefault("metadata", {})
    return schema


def closed_entry(key: str, value: object) -> object:
    if key == "properties":
        return {name: closed(inner) for name, inner in value.items()}
    if key == "items":
        return closed(value)
    return value


def label(name: str) -> None:
    check(re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", name) is not None, f"{name} is no DNS label")


def keda(text: str) -> None:
    for document in yaml.safe_load_all(text):
        custom_resource("keda.sh_scaledobjects.yaml", document)
        spec = document["spec"]
        check(spec["minReplicaCount"] <= spec["maxReplicaCount"], "fewer at most than at least")
        for trigger in spec["triggers"]:
            metadata = trigger["metadata"]
            match trigger["type"]:
                case "cron":
                    check(set(metadata) == {"timezone", "start", "end", "desiredReplicas"}, f"cron has {set(metadata)}")
                    unix_cron(metadata["start"])
                    unix_cron(metadata["end"])
                    check(metadata["start"] != metadata["end"], "no span")
                    check(0 < int(metadata["desiredReplicas"]) <= spec["maxReplicaCount"], "replicas beyond the most")
                case "prometheus":
                    known = {"serverAddress", "query", "threshold", "activationThreshold", "ignoreNullValues"}
                    check({"serverAddress", "query", "threshold"} <= set(metadata) <= known, f"prometheus has {set(metadata)}")
                    check(float(metadata["threshold"]) > 0, "a threshold of nothing")
                case other:
                    raise Refused(f"what is a trigger {other}?")


def hpa(text: str) -> None:
    for document in yaml.safe_load_all(text):
        try:
            kubernetes_validate.validate(document, "1.31", strict=True)
        except kubernetes_validate.ValidationError as error:
            raise Refused(error.message) from None
        label(document["metadata"]["name"])
        check(1 <= document["spec"]["minReplicas"] <= document["spec"]["maxReplicas"], "no range of replicas")


def karpenter(text: str) -> None:
    for document in yaml.safe_load_all(text):
        custom_resource("karpenter.sh_nodepools.yaml", document)
        for requirement in document["spec"]["template"]["spec"]["requirements"]:
            check(requirement["operator"] != "In" or requirement["values"], "In wants a value")
            check(all(not value.startswith("ml.") for value in requirement["values"]), "ml. is SageMaker's")


def focus_recommendation(text: str) -> None:
    """The requirements of the draft dataset Recommendation, as its text has them."""
    mandatory = {
        "BillingAccountId", "BillingAccountName", "Currency", "EstimatedMonthlyCostImpact", "RecommendationCategory",
        "RecommendationCreated", "RecommendationDescription", "RecommendationDetails", "RecommendationId", "RecommendationLastUpdated",
        "RecommendationProviderName", "RecommendationStatus", "RecommendationSubcategory", "ResourceId", "ResourceName",
        "ServiceCategory", "ServiceName", "ServiceProviderName",
    }
    never_null = {name for name in mandatory if name.startswith("Recommendation")} | {"ServiceProviderName"}
    subcategories = {"Cost": {"Rightsizing", "Scaling", "Commitment Purchase", "Idle Resource Removal", "Modernization", "Other (Cost)"}}
    rows = list(csv.DictReader(io.StringIO(text), strict=True))
    check(len(rows) > 0, "no row")
    for row in rows:
        check(mandatory <= set(row), f"without {mandatory - set(row)}")
        check(all(row[name] for name in never_null), f"null in {[name for name in never_null if not row[name]]}")
        category = row["RecommendationCategory"]
        check(row["RecommendationSubcategory"] in subcategories.get(category, {f"Other ({category})"}), "no such subcategory")
        check(row["RecommendationStatus"] in {"Open", "Deferred", "Dismissed", "Implemented", "Expired"}, "no such status")
        check(row["ImplementationEffort"] in {"", "Very Low", "Low", "Medium", "High", "Very High"}, "no such effort")
        check(category != "Cost" or Decimal(row["EstimatedMonthlyCostImpact"]) < 0, "a cost recommendation saves")
        check(re.fullmatch(r"[A-Z]{3}", row["Currency"]) is not None, "no currency")
        check(isinstance(json.loads(row["RecommendationDetails"]), dict), "details are an object")
        for moment in ("RecommendationCreated", "RecommendationLastUpdated"):
            datetime.strptime(row[moment], "%Y-%m-%dT%H:%M:%SZ")


# For each form: who judges it, and how a copy is spoiled.
FORMS = {
    "terraform": (terraform, lambda text: text.replace("min_capacity", "minimum", 1)),
    "keda": (keda, lambda text: re.sub(r'desiredReplicas: "(\d+)"', r"desiredReplicas: \1", text, count=1)),
    "hpa": (hpa, lambda text: text.replace("maxReplicas", "maxReplica", 1)),
    "karpenter": (karpenter, lambda text: text.replace("WhenEmpty", "Whenever", 1)),
    "app-autoscaling": (app_autoscaling, lambda text: text.replace("cron(0 18 ? ", "cron(0 18 * ", 1).replace("DesiredCopyCount", "Copies", 1)),
    "cloudformation": (cloudformation, lambda text: text.replace("DesiredInstanceCount", "Instances", 1)),
    "focus-recommendation": (focus_recommendation, lambda text: text.replace("Scaling", "Growing", 1)),
}


def main() -> None:
    for file in json.load(sys.stdin):
        if file["form"] not in FORMS:
            continue
        judge, spoil = FORMS[file["form"]]
        try:
            judge(file["text"])
        except Refused as why:
            sys.exit(f"{file['form']}, {file['name']}: {why}\n{file['text'][:2000]}")
        spoiled = spoil(file["text"])
        if spoiled == file["text"]:
            sys.exit(f"{file['form']}: nothing was there to spoil")
        try:
            judge(spoiled)
        except Refused:
            print(f"{file['form']}: accepted, spoiled copy refused")
        else:
            sys.exit(f"{file['form']}, {file['name']}: a spoiled copy was accepted")


main()
