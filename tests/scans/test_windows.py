"""Which window is chosen by which word."""

from __future__ import annotations

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtctl.cli.scans import prepare
from gtctl.errors import BadInput
from gtctl.scans.windows import PRESETS, Window, choose


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_found_by_its_name(name: str) -> None:
    choice = choose(name)
    assert choice.fixed == Window(*PRESETS[name], origin=f"preset:{name}")
    assert choice.needs_hounsfield_units


@pytest.mark.parametrize("name", ["file", "full-range"])
def test_file_and_full_range_fix_no_window_beforehand(name: str) -> None:
    assert choose(name).fixed is None


def test_centre_and_width_may_be_given() -> None:
    choice = choose("-600/1500")
    assert choice.fixed == Window(-600, 1500, origin="given")
    assert not choice.needs_hounsfield_units


def test_the_same_window_written_in_two_ways_is_one_choice() -> None:
    assert choose("40/400") == choose("+40.0/400.00")


def test_percentiles_may_be_given() -> None:
    choice = choose("percentile:1/99.5")
    assert (choice.name, choice.percentiles, choice.fixed) == ("percentile:1/99.5", (1.0, 99.5), None)
    assert choose("percentile:01/99.50") == choice


@pytest.mark.parametrize("ends", ["", ":99/1", ":5/5", ":0/101", ":a/b", ":1", ":-1/99"])
def test_percentiles_in_the_wrong_order_or_beyond_their_scale_are_refused(ends: str) -> None:
    with pytest.raises(BadInput, match="percentile:1/99"):
        choose(f"percentile{ends}")


@pytest.mark.parametrize("name", ["", "lungs", "40", "40/0", "40/-400", "nan/400", "1e3/400", "40/400/1", "40/0.5"])
def test_what_is_no_window_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(BadInput, match="mediastinum"):
        choose(name)


@given(st.text(max_size=12))
def test_any_word_gives_a_choice_or_bad_input(name: str) -> None:
    try:
        choice = choose(name)
    except BadInput:
        return
    assert choice.fixed is None or choice.fixed.is_usable


@pytest.mark.parametrize(
    ("window", "usable"),
    [
        (Window(0, 1, "file"), True),
        (Window(0, 0.5, "file"), False),
        (Window(0, 0.5, "file", "LINEAR_EXACT"), True),
        (Window(0, 0, "file", "SIGMOID"), False),
        (Window(0, 100, "file", "CUBIC"), False),
        (Window(float("nan"), 100, "file"), False),
        (Window(0, float("inf"), "file"), False),
    ],
)
def test_a_window_is_usable_as_the_standard_says(window: Window, usable: bool) -> None:
    assert window.is_usable is usable


def test_the_help_of_the_command_names_every_preset() -> None:
    (option,) = [each for each in prepare.params if each.name == "window"]
    assert isinstance(option, click.Option)
    assert not [name for name in (*PRESETS, "file", "full-range", "percentile") if name not in str(option.help)]
