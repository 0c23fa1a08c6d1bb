"""What a Python program asks SageMaker for: what is surely known, and what is not taken for known."""

from __future__ import annotations

import pytest

from gtctl.audit.evidence import source_of
from gtctl.audit.graph import Graph
from gtctl.audit.model import Undecided, Unknown
from gtctl.audit.workteams import workteam
from gtctl.ground_truth import WorkteamKind
from tests.audit.code_reading import PATH, PRELUDE, PRIVATE, PUBLIC, jobs, kinds, read, team

KNOWN = {
    "literal": 'sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": PUBLIC})',
    "any client": 'self_made().client.create_labeling_job(HumanTaskConfig={"WorkteamArn": PUBLIC})',
    "imported client": """\
from clients import sagemaker
sagemaker.create_labeling_job(HumanTaskConfig={"WorkteamArn": PUBLIC})
""",
    "assigned key": """\
task = {}
task["WorkteamArn"] = PUBLIC
sm.create_labeling_job(HumanTaskConfig=task)
""",
    "nested key": """\
r = {"HumanTaskConfig": {}}
r["HumanTaskConfig"]["WorkteamArn"] = PUBLIC
sm.create_labeling_job(**r)
""",
    "dict()": "sm.create_labeling_job(HumanTaskConfig=dict(WorkteamArn=PUBLIC))",
    "update": """\
task = {"WorkteamArn": PRIVATE}
task.update(WorkteamArn=PUBLIC)
sm.create_labeling_job(HumanTaskConfig=task)
""",
    "union": 'sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": PRIVATE} | {"WorkteamArn": PUBLIC})',
    "spread": """\
base = {"WorkteamArn": PRIVATE}
sm.create_labeling_job(HumanTaskConfig={**base, "WorkteamArn": PUBLIC})
""",
    "alias": """\
task = {}
r = {"HumanTaskConfig": task}
task["WorkteamArn"] = PUBLIC
sm.create_labeling_job(**r)
""",
    "copy": """\
a = {"WorkteamArn": PUBLIC}
b = a.copy()
a["WorkteamArn"] = PRIVATE
sm.create_labeling_job(HumanTaskConfig=b)
""",
    "deepcopy": """\
a = {"t": {"WorkteamArn": PUBLIC}}
b = copy.deepcopy(a)
a["t"]["WorkteamArn"] = PRIVATE
sm.create_labeling_job(HumanTaskConfig=b["t"])
""",
    "json": 'sm.create_labeling_job(**json.loads(json.dumps({"HumanTaskConfig": {"WorkteamArn": PUBLIC}})))',
    "f-string": """\
region = "eu-west-1"
t = f"arn:aws:sagemaker:{region}:394669845002:workteam/public-crowd/default"
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "format": """\
t = "arn:aws:sagemaker:{}:394669845002:workteam/public-crowd/{name}".format("eu-west-1", name="default")
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "percent": """\
t = "arn:aws:sagemaker:%s:394669845002:workteam/public-crowd/%s" % ("eu-west-1", "default")
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "plus": """\
t = "arn:aws:sagemaker:" + "eu-west-1" + ":394669845002:workteam/" + "public-crowd/default"
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "join": """\
t = ":".join(["arn", "aws", "sagemaker", "eu-west-1", "394669845002", "workteam/public-crowd/default"])
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "function": """\
def launch(t, **more):
    sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t}, **more)

launch(PUBLIC)
""",
    "default": """\
def launch(t=PUBLIC):
    sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})

launch()
""",
    "result": """\
def task():
    d = {}
    d["WorkteamArn"] = PUBLIC
    return d

sm.create_labeling_job(HumanTaskConfig=task())
""",
    "helper changes it": """\
def fill(d):
    d["WorkteamArn"] = PUBLIC

t = {}
fill(t)
sm.create_labeling_job(HumanTaskConfig=t)
""",
    "method": """\
class L:
    TEAM = PUBLIC

    def go(self):
        self.sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": self.TEAM})
""",
    "bound method": """\
start = sm.create_labeling_job
start(HumanTaskConfig={"WorkteamArn": PUBLIC})
""",
    "getattr": 'getattr(sm, "create_labeling_job")(HumanTaskConfig={"WorkteamArn": PUBLIC})',
    "same on both ways": """\
if os.environ.get("X"):
    t = PUBLIC
else:
    t = PUBLIC
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "other way ends": """\
t = PUBLIC
if os.environ.get("X"):
    t = PRIVATE
    raise SystemExit
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "in a comprehension": '[sm.create_labeling_job(RoleArn=n, HumanTaskConfig={"WorkteamArn": PUBLIC}) for n in x]',
    "in a loop": """\
for n in names:
    task = {"WorkteamArn": PUBLIC}
    sm.create_labeling_job(LabelingJobName=n, HumanTaskConfig=task)
""",
    "awaited": """\
async def go(c):
    await c.create_labeling_job(HumanTaskConfig={"WorkteamArn": PUBLIC})
""",
    "names of elsewhere before": f"""\
from settings import *
t = "{PUBLIC}"
sm.create_labeling_job(HumanTaskConfig={{"WorkteamArn": t}})
""",
    "names of a function": """\
t = PUBLIC
def say(x):
    print("{t}".format(**locals()))
say(1)
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "looked at in a loop": """\
d = {"WorkteamArn": PUBLIC}
for key, each in enumerate([d]):
    print(each["WorkteamArn"].lower(), str(each), each.get(key))
    sm.describe_workteam(WorkteamName=each)
sm.create_labeling_job(HumanTaskConfig=d)
""",
    "assembled name": 'getattr(sm, "create_" + "labeling_job")(HumanTaskConfig={"WorkteamArn": PUBLIC})',
    "looked up": 'sm.__getattribute__("create_%s" % "labeling_job")(HumanTaskConfig={"WorkteamArn": PUBLIC})',
    "method caller": """\
import operator
operator.methodcaller("create_labeling_job", HumanTaskConfig={"WorkteamArn": PUBLIC})(sm)
""",
    "method caller by itself": """\
from operator import methodcaller
methodcaller("create_" + "labeling_job", HumanTaskConfig={"WorkteamArn": PUBLIC})(sm)
""",
    "name from elsewhere": 'getattr(c, os.environ["O"])(HumanTaskConfig={"WorkteamArn": PUBLIC}, LabelingJobName="x")',
    "handler of others": """\
sm.meta.events.register("before-call.s3", trace)
sm.meta.events.register("needs-retry.sagemaker.CreateLabelingJob", wait)
registry.register("tasks", trace)
registry.register(os.environ["X"], trace)
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": PUBLIC})
""",
    "raw call": 'sm._make_api_call("CreateLabelingJob", {"HumanTaskConfig": {"WorkteamArn": PUBLIC}})',
    "command": """\
import subprocess
subprocess.run(["aws", "sagemaker", "create-labeling-job", "--human-task-config", json.dumps({"WorkteamArn": PUBLIC})])
""",
}


@pytest.mark.parametrize("program", KNOWN.values(), ids=KNOWN.keys())
def test_what_a_program_surely_asks_for_is_known(program: str) -> None:
    assert team(program) == PUBLIC


@pytest.mark.parametrize("word", ['{"WorkteamArn": PUBLIC}', "[PUBLIC, 1]", "5", "None", "True", "b'x'", "1.5"])
@pytest.mark.parametrize("option", ["--human-task-config", "--workteam-arn", "--tags", "--cli-input-json"])
def test_a_word_of_a_command_that_is_no_text_is_unknown(option: str, word: str) -> None:
    [job] = jobs(f'import subprocess\nsubprocess.run(["aws", "sagemaker", "create-labeling-job", "{option}", {word}])')
    assert isinstance(job.peek("human_task_config.workteam_arn"), Unknown | type(None))


EVENTS = [
    '"provide-client-params.sagemaker.CreateLabelingJob"',
    '"before-parameter-build.sagemaker"',
    '"before-call"',
    '"before-call.*.CreateLabelingJob"',
    '"request-created." + "sagemaker"',
    "f\"before-call.sagemaker.{os.environ['O']}\"",
    'os.environ["EVENT"]',
]
OPEN = {
    **{
        f"handler of {event}": f"""\
sm.meta.events.register({event}, fix)
sm.create_labeling_job(HumanTaskConfig={{"WorkteamArn": PRIVATE}})
"""
        for event in EVENTS
    },
    "handler that is registered later, elsewhere": """\
def launch():
    sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": PRIVATE})

def prepare(session):
    session.events.register_first(event_name="before-call.sagemaker.CreateLabelingJob", handler=fix)
""",
    "strange function, by its name": """\
d = {"WorkteamArn": PRIVATE}
getattr(builder, os.environ["F"])(d)
sm.create_labeling_job(HumanTaskConfig=d)
""",
    "strange function, by its name, with names": """\
d = {"WorkteamArn": PRIVATE}
getattr(builder, "create_" + os.environ["F"])(to=d)
sm.create_labeling_job(HumanTaskConfig=d)
""",
    "strange function of that name": """\
import helpers
d = {"WorkteamArn": PRIVATE}
helpers.create_workteam(d)
sm.create_labeling_job(HumanTaskConfig=d)
""",
    "partly known name": 'getattr(sm, "create_" + os.environ["KIND"])(**{"HumanTaskConfig": load()})',
    "name of the client's": 'getattr(sm, os.environ["WHAT"])(**load())',
    "raw call of an unknown name": 'sm._make_api_call(os.environ["WHAT"], {"HumanTaskConfig": load()})',
    "command with a partly known name": """\
import subprocess
subprocess.run(["aws", "sagemaker", "create-" + os.environ["KIND"], "--cli-input-json", "file://none.json"])
""",
    "environment": 'sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": os.environ["TEAM"]})',
    "one way only": """\
t = PRIVATE
if os.environ.get("X"):
    t = PUBLIC
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "key on one way": """\
d = {"WorkteamArn": PRIVATE}
if os.environ.get("X"):
    d["WorkteamArn"] = PUBLIC
sm.create_labeling_job(HumanTaskConfig=d)
""",
    "conditional expression": """\
t = PRIVATE if os.environ.get("X") else PUBLIC
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "or": 'sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": os.environ.get("TEAM") or PRIVATE})',
    "unknown update": """\
d = {"WorkteamArn": PRIVATE}
d.update(load())
sm.create_labeling_job(HumanTaskConfig=d)
""",
    "unknown spread": 'sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": PRIVATE, **load()})',
    "unknown key": """\
d = {"WorkteamArn": PRIVATE}
d[os.environ["K"]] = PUBLIC
sm.create_labeling_job(HumanTaskConfig=d)
""",
    "strange function": """\
from helpers import fix
d = {"WorkteamArn": PRIVATE}
fix(d)
sm.create_labeling_job(HumanTaskConfig=d)
""",
    "strange method": """\
d = {"WorkteamArn": PRIVATE}
builder.fill(d)
sm.create_labeling_job(HumanTaskConfig=d)
""",
    "parameter": """\
def launch(t):
    sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "parameter with default": """\
def launch(t=PRIVATE):
    sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "second round": """\
t = PRIVATE
for n in names:
    sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
    t = PUBLIC
""",
    "second round of a chain": """\
t = u = v = PRIVATE
while go():
    sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
    t = u
    u = v
    v = PUBLIC
""",
    "exception": """\
t = PRIVATE
try:
    t = PUBLIC
    risky()
    t = PRIVATE
except ValueError:
    pass
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "early return": """\
def fill(d):
    if os.environ.get("X"):
        return
    d["WorkteamArn"] = PRIVATE

t = {"WorkteamArn": PUBLIC}
fill(t)
sm.create_labeling_job(HumanTaskConfig=t)
""",
    "break": """\
t = PRIVATE
for n in names:
    t = PUBLIC
    if n:
        break
    t = PRIVATE
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "one of two dicts": """\
a = {"WorkteamArn": PRIVATE}
b = {"WorkteamArn": PRIVATE}
c = a if os.environ.get("X") else b
c["WorkteamArn"] = PUBLIC
sm.create_labeling_job(HumanTaskConfig=a)
""",
    "global": """\
t = PRIVATE

def change():
    global t
    t = PUBLIC

if os.environ.get("X"):
    change()
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "star arguments": """\
def launch(a, t):
    sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})

launch(*load(), PRIVATE)
""",
    "partial": """\
import functools
functools.partial(sm.create_labeling_job, HumanTaskConfig={})
""",
    "decorated": """\
@strange
def t():
    return PRIVATE

sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t()})
""",
    "attribute": """\
class L:
    TEAM = PRIVATE

    def go(self):
        self.TEAM = os.environ["T"]
        self.sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": self.TEAM})
""",
    "names of elsewhere": """\
t = PRIVATE
from settings import *
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "a program in a text": """\
t = PRIVATE
exec(open("settings.py").read())
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "a program in a text, by another name": """\
import builtins
t = PRIVATE
builtins.exec("t = 1")
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "the table of names": """\
t = PRIVATE
globals()["t"] = PUBLIC
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "the table of names, in a function": """\
t = PRIVATE
def choose():
    globals().update(t=PUBLIC)
choose()
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "the table of names, unnamed": """\
t = PRIVATE
vars()["t"] = PUBLIC
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "the module itself": """\
import sys
t = PRIVATE
setattr(sys.modules[__name__], "t", PUBLIC)
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "attribute by its name": """\
class L:
    TEAM = PRIVATE

setattr(L, "TEAM", PUBLIC)
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": L.TEAM})
""",
    "attribute by any name": """\
class L:
    TEAM = PRIVATE

for name in os.environ:
    setattr(L, name, os.environ[name])
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": L.TEAM})
""",
    "named in a comprehension": """\
t = PRIVATE
print([t := each for each in load()])
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "another notebook": """\
t = PRIVATE
get_ipython().run_line_magic("run", "settings.ipynb")
sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})
""",
    "changed as an element": """\
d = {"WorkteamArn": PRIVATE}
for each in [d]:
    each["WorkteamArn"] = PUBLIC
sm.create_labeling_job(HumanTaskConfig=d)
""",
    "changed as an element, counted": """\
d = {"WorkteamArn": PRIVATE}
for at, each in enumerate([d]):
    each.update(WorkteamArn=PUBLIC)
sm.create_labeling_job(HumanTaskConfig=d)
""",
    "changed as an element, by another name": """\
d = {"WorkteamArn": PRIVATE}
for each in (d,):
    e = each
    e["WorkteamArn"] = PUBLIC
sm.create_labeling_job(HumanTaskConfig=d)
""",
    "changed as an element, by a function": """\
d = {"WorkteamArn": PRIVATE}
def change(e):
    e["WorkteamArn"] = PUBLIC
for each in [d]:
    change(each)
sm.create_labeling_job(HumanTaskConfig=d)
""",
    "changed in a comprehension": """\
d = {"WorkteamArn": PRIVATE}
[each.update(WorkteamArn=PUBLIC) for each in [d]]
sm.create_labeling_job(HumanTaskConfig=d)
""",
    "changed as a value": """\
d = {"HumanTaskConfig": {"WorkteamArn": PRIVATE}}
for each in d.values():
    each["WorkteamArn"] = PUBLIC
sm.create_labeling_job(**d)
""",
    "changed as the next one": """\
d = {"WorkteamArn": PRIVATE}
next(iter([d]))["WorkteamArn"] = PUBLIC
sm.create_labeling_job(HumanTaskConfig=d)
""",
    "changed as the next one, by a method": """\
d = {"WorkteamArn": PRIVATE}
next(iter([d])).update(WorkteamArn=PUBLIC)
sm.create_labeling_job(HumanTaskConfig=d)
""",
    "changed as some element": """\
ds = [{"WorkteamArn": PRIVATE}, {}]
ds[os.getpid() % 2]["WorkteamArn"] = PUBLIC
sm.create_labeling_job(HumanTaskConfig=ds[0])
""",
    "recursion": """\
def t(n):
    return t(n - 1) if n else PRIVATE

sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t(os.getpid())})
""",
}


@pytest.mark.parametrize("program", OPEN.values(), ids=OPEN.keys())
def test_what_a_program_may_ask_for_is_not_taken_for_what_it_asks_for(program: str) -> None:
    assert team(program) is None


@pytest.mark.parametrize(
    "program",
    [
        'getattr(boto3.client("s3"), os.environ["WHAT"])(**load())',
        'getattr(thing, os.environ["WHAT"])(**load())',
        'getattr(sm, "list_" + os.environ["WHAT"])(**load())',
        "class A:\n    def go(self, name):\n        getattr(self, 'create_' + name)(**load())\n",
    ],
)
def test_a_call_of_something_else_is_none_of_ours(program: str) -> None:
    assert jobs(PRELUDE + program) == []


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ('getattr(client, "create_" + "labeling_job")(**request)', True),
        ('boto3.client("sagemaker")._make_api_call("Create" + name, request)', True),
        ('team = "workteam/" + "public-" + "crowd/default"', True),
        ('subprocess.run(["aws", "sagemaker", "create-" + kind])', True),
        ("def f(x):\n    return getattr(x, 'name')", False),
        ('boto3.client("sagemaker").describe_endpoint(EndpointName="x")', False),
    ],
)
def test_code_that_puts_names_together_is_read_and_other_code_is_not(text: str, taken: bool) -> None:
    assert source_of("launch.py", text.encode()) == ("code" if taken else None)


@pytest.mark.parametrize(
    ("program", "found"),
    [
        (
            'KIND = "public"\nsend(f"arn:aws:sagemaker:eu-west-1:394669845002:workteam/{KIND}-crowd/default")',
            ["public"],
        ),
        ('send("workteam/" + "public-" + "crowd/default")', ["public"]),
        ('T = "workteam/{kind}-crowd/{name}"\nsend(T.format(kind="private", name="a"))', ["private"]),
        ('T = "workteam/%s-crowd/%s"\nfor kind in ("public",):\n    send(T % ("vendor", "a"))', ["vendor"]),
        (
            'def team(kind):\n    return f"workteam/{kind}-crowd/a"\nteam("public")\nteam("private")',
            ["private", "public"],
        ),
    ],
)
def test_a_team_whose_name_is_put_together_is_named(program: str, found: list[str]) -> None:
    assert sorted(str(kind).removesuffix("-crowd") for kind in kinds(program)) == found


@pytest.mark.parametrize(
    "program",
    [
        'send("arn:aws:sagemaker:eu-west-1:111122223333:workteam/" + os.environ["KIND"] + "-crowd/a")',
        'T = "arn:aws:sagemaker:eu-west-1:111122223333:workteam/{{ kind }}-crowd/a"\nsend(render(T))',
    ],
)
def test_a_team_whose_kind_is_open_is_unknown(program: str) -> None:
    with pytest.raises(Undecided):
        kinds(program)


def test_members_that_unknown_arguments_may_hold_are_unknown_not_absent() -> None:
    [job] = jobs(PRELUDE + 'sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": PRIVATE}, **load())')
    assert job.get(PATH) == PRIVATE
    with pytest.raises(Undecided):
        job.get("output_config.kms_key_id")
    [job] = jobs(PRELUDE + 'sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": PRIVATE}, OutputConfig={})')
    assert job.get("output_config.kms_key_id") is None


def test_the_unknown_parts_of_an_arn_hide_no_public_team() -> None:
    program = 'def launch(p, r):\n    t = f"arn:{p}:sagemaker:{r}:394669845002:workteam/public-crowd/default"\n'
    [job] = jobs(program + '    sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})')
    assert workteam(job.peek(PATH), Graph([])).kind is WorkteamKind.PUBLIC


def test_a_team_that_the_program_makes_itself_is_private() -> None:
    program = PRELUDE + (
        'made = sm.create_workteam(WorkteamName="lungs", Description="x", MemberDefinitions=[])\n'
        'sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": made["WorkteamArn"]})'
    )
    resources = read(program).resources
    job = next(each for each in resources if each.type == "aws_sagemaker_labeling_job")
    assert workteam(job.peek(PATH), Graph(resources)).ours


def test_a_function_with_several_callers_is_judged_for_each() -> None:
    program = 'def launch(t):\n    sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": t})\n\n'
    found = jobs(PRELUDE + program + "launch(PUBLIC)\nlaunch(PRIVATE)\nlaunch(PRIVATE)\n")
    assert [job.get(PATH) for job in found] == [PUBLIC, PRIVATE]


def test_functions_of_others_with_the_same_name_are_no_calls_of_the_api() -> None:
    for program in (
        "driver.create_labeling_job(spec, team)",
        'driver.create_labeling_job(name="x", team="y")',
        "create_labeling_job(HumanTaskConfig={})",
        "stub.create_labeling_job.assert_called_once_with(HumanTaskConfig={})",
        "class D:\n    def create_labeling_job(self, t): ...\n    def go(self):\n        self.create_labeling_job(1)",
    ):
        assert jobs(program) == []


def test_findings_point_at_the_line_of_the_value() -> None:
    task = 'task = {\n    "TaskTitle": "CT",\n    "WorkteamArn": "x",\n}\n'
    [job] = jobs(f"import boto3\n{task}c.create_labeling_job(HumanTaskConfig=task)\n")
    assert (job.location.line, job.line_of(PATH)) == (6, 4)


def test_a_program_that_is_too_long_to_follow_has_jobs_of_which_nothing_is_known() -> None:
    loops = "".join(f"{'    ' * depth}for i{depth} in x:\n" for depth in range(18))
    program = PRELUDE + loops + "    " * 18 + 'sm.create_labeling_job(HumanTaskConfig={"WorkteamArn": PRIVATE})\n'
    found = jobs(program)
    assert found
    for job in found:
        with pytest.raises(Undecided):
            job.get(PATH)
