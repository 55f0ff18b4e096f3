"""Prints what moto resolves the properties of task definitions to.

Arguments: the recorded answers, whose templates lie beside them. Prints an object of their paths,
with the resources of each set of parameters; nothing stands for one that is not deployed.
"""

import json
import sys

import yaml
from moto.cloudformation.parsing import ResourceMap, clean_json
from moto.cloudformation.utils import yaml_tag_constructor


def resolve(template, parameters):
    resources = ResourceMap(
        stack_id="stack-id",
        stack_name="stack",
        parameters=parameters,
        tags={},
        region_name="us-east-1",
        account_id="123456789012",
        template=template,
        cross_stack_resources={},
    )
    resources.load_mapping()
    resources.load_parameters()
    resources.load_conditions()
    resolved = {}
    for name, resource in template["Resources"].items():
        condition = resource.get("Condition")
        if condition and not resources.lazy_condition_map[condition]:
            resolved[name] = None
        else:
            resolved[name] = clean_json(resource["Properties"], resources)
    return resolved


def main():
    yaml.add_multi_constructor("", yaml_tag_constructor)
    answers = {}
    for path in sys.argv[1:]:
        with open(path) as file:
            cases = json.load(file)
        answers[path] = []
        for case in cases:
            with open(path[: -len(".json")] + ".yaml") as file:
                template = yaml.load(file, Loader=yaml.Loader)
            answers[path].append(resolve(template, case["parameters"]))
    json.dump(answers, sys.stdout)


main()
