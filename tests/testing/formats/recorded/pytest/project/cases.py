"""Collected by `-o python_files=cases.py`: no test of Autopack's own."""

import unittest

import pytest


class TestPlain:
    def test_fine(self):
        assert 1

    def test_wrong(self):
        assert 1 + 1 == 3


@pytest.mark.parametrize("n", [1, 2])
def test_many(n):
    assert n == 1


@pytest.fixture
def broken():
    raise ValueError("set-up")


def test_setup(broken):
    pass


@pytest.mark.xfail
def test_expected():
    raise AssertionError


@pytest.mark.skip(reason="not here")
def test_skipped():
    pass


class TestSub(unittest.TestCase):
    def test_subs(self):
        for n in range(2):
            with self.subTest(n=n):
                self.assertEqual(n, 0)
