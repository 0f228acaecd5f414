from __future__ import annotations

import pytest

from tests.tampering.edits import Form, files, forms, judge, kinds

FILES = files("scripts.yaml")


@pytest.mark.parametrize("form", forms("scripts.yaml", "loses"))
def test_a_loss_stops_the_phase(form: Form) -> None:
    assert kinds(judge(FILES, form.of(FILES)))


@pytest.mark.parametrize("form", forms("scripts.yaml", "keeps"))
def test_another_form_of_the_same_does_not(form: Form) -> None:
    assert not kinds(judge(FILES, form.of(FILES)))
