"""Code that is no Python program: texts, shell scripts, notebooks; and any input at all."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtctl.audit.evidence import source_of
from gtctl.audit.model import Evidence, Undecided, Unknown
from gtctl.ground_truth import WorkteamKind
from tests.audit.code_reading import PATH, PRELUDE, PRIVATE, PUBLIC, ROOT, jobs, kinds, read

# Texts


def test_teams_in_texts_are_found_but_not_in_comments_comparisons_and_denials() -> None:
    assert kinds(f'DEFAULT = "{PUBLIC}"') == [WorkteamKind.PUBLIC]
    assert kinds(f'def f(t="{PUBLIC}"): ...') == [WorkteamKind.PUBLIC]
    assert kinds(f'"""Not {PUBLIC}."""\n# {PUBLIC}\nif team == "{PUBLIC}":\n    raise ValueError("{PUBLIC}")') == []
    assert (
        kinds(f'X = {{"Effect": "Deny", "Condition": {{"ArnEquals": {{"sagemaker:WorkteamArn": "{PUBLIC}"}}}}}}') == []
    )


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("settings.env", f"TEAM={PUBLIC}\n"),
        ("settings.toml", f'team = "{PUBLIC}"\n'),
        ("stack.ts", "const t = `arn:${p}:sagemaker:${r}:394669845002:workteam/public-crowd/default`;\n"),
        ("Main.java", 'String t = "arn:aws:sagemaker:" + region + ":394669845002:workteam/public-crowd/default";\n'),
        ("Makefile", "TEAM := arn:aws:sagemaker:$(REGION):394669845002:workteam/public-crowd/default\n"),
    ],
)
def test_any_text_that_names_the_public_team_is_found(file: str, text: str) -> None:
    assert kinds(text, file) == [WorkteamKind.PUBLIC]
    assert kinds(f"# {text}// {text}", file) == []


# Shell

COMMANDS = {
    "JSON": f"""aws sagemaker create-labeling-job --human-task-config '{{"WorkteamArn": "{PUBLIC}"}}'""",
    "shorthand": f"aws sagemaker create-labeling-job --human-task-config 'WorkteamArn={PUBLIC},TaskTitle=CT'",
    "continued": f"aws --profile x sagemaker \\\n create-labeling-job \\\n  --human-task-config=WorkteamArn={PUBLIC}\n",
    "variable": f"TEAM={PUBLIC}\naws sagemaker create-labeling-job --human-task-config WorkteamArn=$TEAM",
    "variables": "R=eu-west-1\nT=arn:aws:sagemaker:${R}:394669845002:workteam/public-crowd/default\n"
    """aws sagemaker create-labeling-job --human-task-config '{"WorkteamArn": "'"$T"'"}'""",
    "here-document": "cat > job.json <<EOF\n"
    f'{{"HumanTaskConfig": {{"WorkteamArn": "{PUBLIC}"}}}}\n'
    "EOF\naws sagemaker create-labeling-job --cli-input-json file://job.json",
    "command in variables": "S=sagemaker; O=create-labeling-job\n"
    f"aws $S --region eu-west-1 ${{O}} --human-task-config WorkteamArn={PUBLIC}",
    "command of the caller's": "# create-labeling-job\n"
    f'aws sagemaker "$1" \\\n  --human-task-config WorkteamArn={PUBLIC}',
    "service of the caller's": f"(aws $1 create-labeling-job --human-task-config WorkteamArn={PUBLIC})",
    "document and option": "aws sagemaker create-labeling-job "
    """--cli-input-json '{"HumanTaskConfig": {"WorkteamArn": "x"}}' """
    f"--human-task-config WorkteamArn={PUBLIC}",
}


@pytest.mark.parametrize("script", COMMANDS.values(), ids=COMMANDS.keys())
def test_the_options_of_a_command_are_its_request(script: str) -> None:
    [job] = jobs(script, "launch.sh")
    assert job.get(PATH) == PUBLIC


def test_the_file_that_a_command_reads_is_read(tmp_path: Path) -> None:
    (tmp_path / "job.json").write_text(json.dumps({"HumanTaskConfig": {"WorkteamArn": PUBLIC}}))
    for option in ("file://job.json", '"$(< job.json)"', '"$(cat job.json)"'):
        [job] = jobs(f"aws sagemaker create-labeling-job --cli-input-json {option}", str(tmp_path / "launch.sh"))
        assert job.get(PATH) == PUBLIC


def test_a_script_is_read_by_what_its_first_line_says() -> None:
    for first, call in (
        ("#!/usr/bin/env python3", f'sm.create_labeling_job(HumanTaskConfig={{"WorkteamArn": "{PUBLIC}"}})'),
        ("#!/bin/sh -e", f"aws sagemaker create-labeling-job --human-task-config WorkteamArn={PUBLIC}"),
    ):
        text = f"{first}\n{call}\n"
        assert source_of("bin/launch", text.encode()) == "code"
        [job] = jobs(text, "bin/launch")
        assert (job.get(PATH), job.location.line) == (PUBLIC, 2)
    assert source_of("bin/launch", call.encode()) is None


@pytest.mark.parametrize(
    "command",
    [
        'aws sagemaker "create-$KIND" --cli-input-json file://not-there.json',
        "aws sagemaker create-labeling-job --human-task-config WorkteamArn=$TEAM",
        f"T={PRIVATE}\nif x; then T={PUBLIC}; fi\naws sagemaker create-labeling-job --human-task-config WorkteamArn=$T",
        "aws sagemaker create-labeling-job --cli-input-json file://not-there.json",
        'aws sagemaker create-labeling-job "$@"',
        f"T={PRIVATE}\nread -r T\naws sagemaker create-labeling-job --human-task-config WorkteamArn=$T",
        "aws sagemaker create-labeling-job --human-task-config $(make config)",
        'aws sagemaker "$1" --human-task-config "$2" # create-labeling-job',
    ],
)
def test_what_a_command_takes_from_elsewhere_is_unknown(command: str) -> None:
    [job] = jobs(command, "launch.sh")
    with pytest.raises(Undecided):
        job.get(PATH)


def test_commands_that_make_nothing_are_none() -> None:
    assert (
        jobs("# aws sagemaker create-labeling-job\naws sagemaker create-labeling-job --generate-cli-skeleton", "a.sh")
        == []
    )
    assert (
        jobs("aws $S list-labeling-jobs; aws sagemaker $O --name x; aws s3 ls $O # create-labeling-job", "a.sh") == []
    )


# Notebooks


def notebook(*cells: str) -> str:
    made = [{"cell_type": "code", "source": cell.splitlines(keepends=True), "outputs": []} for cell in cells]
    return json.dumps({"cells": [{"cell_type": "markdown", "source": [PUBLIC]}, *made], "nbformat": 4}, indent=1)


def test_the_cells_of_a_notebook_are_one_program_and_their_magic_is_left_out() -> None:
    text = notebook(
        "%matplotlib inline\n!pip install x\nimport boto3\nnames = !ls\nboto3?",
        f"%%time\nteam = '{PUBLIC}'\n",
        "%%html\n<b>not Python</b>",
        "sm = boto3.client('sagemaker')\nfor n in names:\n    !echo {n}\nresponse = await sm.start()\n",
        "sm.create_labeling_job(\n    HumanTaskConfig={'WorkteamArn': team})",
    )
    [job] = jobs(text, "launch.ipynb")
    assert job.get(PATH) == PUBLIC
    assert "HumanTaskConfig=" in text.splitlines()[job.line_of("human_task_config") - 1]


@pytest.mark.parametrize("magic", ["%run settings.ipynb", "%store -r team", "%load_ext x\n%run -i settings.py"])
def test_a_notebook_that_another_one_may_give_names_to(magic: str) -> None:
    text = notebook(f"team = '{PRIVATE}'", magic, "sm.create_labeling_job(\n    HumanTaskConfig={'WorkteamArn': team})")
    [job] = jobs(text, "launch.ipynb")
    with pytest.raises(Undecided):
        job.get(PATH)


def test_shell_cells_and_commands_of_a_notebook_are_read() -> None:
    command = f"aws sagemaker create-labeling-job \\\n  --human-task-config WorkteamArn={PUBLIC}"
    for cell in (f"!{command}", f"%%bash\n{command}"):
        [job] = jobs(notebook(cell), "launch.ipynb")
        assert job.get(PATH) == PUBLIC
    [job] = jobs(
        notebook("%%writefile job.json\n" + json.dumps({"HumanTaskConfig": {"WorkteamArn": PUBLIC}})), "a.ipynb"
    )
    assert job.get(PATH) == PUBLIC


def test_a_cell_in_another_language_hides_nothing_of_the_others() -> None:
    text = notebook("this is <- no Python", f"sm.create_labeling_job(HumanTaskConfig={{'WorkteamArn': '{PUBLIC}'}})")
    assert [job.get(PATH) for job in jobs(text, "a.ipynb")] == [PUBLIC]


def test_code_that_cannot_be_read_is_a_problem_and_its_teams_are_still_found() -> None:
    found = read(f"print 'Python 2'\nTEAM = '{PUBLIC}'\nsm.create_labeling_job()")
    assert len(found.problems) == 1
    assert [each.type for each in found.resources] == ["gtctl_workteam_reference"]
    assert len(read("[1, 2", "a.ipynb").problems) == 1


# Any input

FILES = ("x.py", "x.sh", "x.ipynb", "x.ts", "Makefile")
WORDS = st.sampled_from(
    [
        *"(){}[]=:,.'\"\\\n $@#*%!<>|&;-/",
        "sm.create_labeling_job(",
        "aws sagemaker create-labeling-job ",
        "--human-task-config ",
        "WorkteamArn",
        "for x in y:\n    ",
        "def f(a, *b, **c):\n    ",
        "return ",
        "if x:\n    ",
        "lambda: ",
        "<<EOF\n",
        "$(",
        "${A}",
        "**",
        "x",
        "1",
        PUBLIC,
        "\x00",
        "é",
    ]
)


def assert_placed(found: Evidence, file: str) -> None:
    """All that was found, and all that could not be read, stands in the file."""
    places = [each.location for each in found.resources] + [each.location for each in found.problems]
    assert all(place.file == file and place.line >= 1 for place in places), places


@pytest.mark.parametrize("file", FILES)
@given(words=st.lists(WORDS, max_size=30))
@settings(max_examples=120, deadline=None)
def test_no_text_crashes_the_reader(file: str, words: list[str]) -> None:
    assert_placed(read("".join(words), file), file)


def _real() -> list[Path]:
    fixtures = [file for suffix in ("py", "sh") for file in (ROOT / "policies").glob(f"*/*/*.{suffix}")]
    return [*fixtures, *sorted((ROOT / "gtctl").glob("*/*.py"))[:15], ROOT / "Makefile"]


@pytest.mark.parametrize("seed", range(60))
def test_no_damage_to_real_files_crashes_the_reader(seed: int) -> None:
    chance = random.Random(seed)
    file = chance.choice(_real())
    text = file.read_text()
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(text) + 1)
        piece = chance.choice(["", "(", ")", "'", '"', "\n", "**", "{", "\\", text[at : at + 50]])
        text = text[:at] + piece + text[at + chance.randint(0, 20) :]
    for name in (file.name, "x.sh"):
        assert_placed(read(text, name), name)
    assert_placed(read(notebook(text), "x.ipynb"), "x.ipynb")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000,
        "x = " + "-" * 3000 + "1",
        "x = " + "+".join(["a"] * 3000),
        "a" + ".b()" * 2000,
        "f(" * 90 + ")" * 90,
        "d = {}\nd['d'] = d\nsm.create_labeling_job(**d)\nf(d)",
    ],
)
def test_deep_and_circular_programs_are_read_in_time(text: str) -> None:
    found = read(f"{text}\nsm.create_labeling_job(HumanTaskConfig={{}})")
    assert found.resources or found.problems, "what is too deep to follow is never taken for nothing"


def test_an_unknown_in_a_request_is_never_a_python_object_of_the_reader() -> None:
    [job] = jobs(PRELUDE + 'def f(): ...\nsm.create_labeling_job(RoleArn=f, HumanTaskConfig={"WorkteamArn": boto3})')
    assert isinstance(job.peek("role_arn"), Unknown) and isinstance(job.peek(PATH), Unknown)
