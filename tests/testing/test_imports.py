"""Who imports whom, read from import statements."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from autopack.testing import imported, importers
from autopack.testing.imports import MOST_FILES

PACKAGE = {
    "src/shop/__init__.py": "",
    "src/shop/cart.py": "def total(): ...\n",
    "src/shop/web/__init__.py": "",
    "src/shop/web/views.py": "from ..cart import total\n",
    "src/shop/web/urls.py": "from . import views\n",
}


def steps(files: Mapping[str, str], *changed: str) -> dict[str, int]:
    texts = {path: text.encode() for path, text in files.items()}
    return importers(texts, texts.get, changed)


@pytest.mark.parametrize(
    "text",
    [
        "import shop.cart\n",
        "import os, shop.cart as c\n",
        "from shop.cart import total\n",
        "from shop import cart\n",
        "from shop import (  # all of it\n    web,\n    cart as c,\n)\n",
        "from shop import web, \\\n    cart\n",
        "def test():\n    from shop.cart import total\n",
        "try:\n    import shop.cart\nexcept ImportError:\n    pass\n",
    ],
)
def test_every_form_of_a_python_import_is_read(text: str) -> None:
    assert steps({**PACKAGE, "tests/test_x.py": text}, "src/shop/cart.py")["tests/test_x.py"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "# import shop.cart\n",
        "import shop.web\n",
        "from other import cart\n",
        "important = shop.cart\n",
        "import shop\n",
    ],
)
def test_what_imports_another_thing_is_not_told(text: str) -> None:
    assert "tests/test_x.py" not in steps({**PACKAGE, "tests/test_x.py": text}, "src/shop/cart.py")


def test_steps_are_counted_through_relative_imports() -> None:
    files = {**PACKAGE, "tests/test_views.py": "from shop.web.urls import x\n"}
    found = steps(files, "src/shop/cart.py")
    assert found == {"src/shop/web/views.py": 1, "src/shop/web/urls.py": 2, "tests/test_views.py": 3}


def test_importing_a_module_loads_the_packages_round_it() -> None:
    files = {**PACKAGE, "tests/test_views.py": "import shop.web.views\n"}
    assert steps(files, "src/shop/web/__init__.py")["tests/test_views.py"] == 1


def test_a_conftest_counts_for_what_lies_below_it() -> None:
    files = {**PACKAGE, "tests/conftest.py": "import shop.cart\n", "tests/unit/test_a.py": "", "test_b.py": ""}
    found = steps(files, "src/shop/cart.py")
    assert found["tests/unit/test_a.py"] == 2 and "test_b.py" not in found


def test_a_name_that_many_files_have_means_the_one_beside() -> None:
    files = {f"tests/{n}/helpers.py": "" for n in range(6)}
    files |= {f"tests/{n}/test_a.py": "import helpers\n" for n in range(6)}
    assert steps(files, "tests/3/helpers.py") == {"tests/3/test_a.py": 1}


def test_modules_in_a_circle_come_to_an_end() -> None:
    assert steps({"a.py": "import b\n", "b.py": "import a\n", "c.py": "import b\n"}, "a.py") == {"b.py": 1, "c.py": 2}


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("import { a } from './cart'\n", "web/cart.ts"),
        ("export * from './cart.js'\n", "web/cart.ts"),
        ("const a = require('../web/cart')\n", "web/cart.ts"),
        ("await import('./parts')\n", "web/parts/index.tsx"),
        ('vi.mock("./cart")\n', "web/cart.ts"),
        ("import './style.css'\n", "web/style.css"),
    ],
)
def test_relative_imports_of_scripts_are_read(text: str, target: str) -> None:
    files = {"web/cart.ts": "", "web/parts/index.tsx": "", "web/style.css": "", "web/a.test.ts": text}
    assert steps(files, target) == {"web/a.test.ts": 1}


def test_packages_of_others_are_not_read() -> None:
    files = {"a.js": "import x from 'left-pad'\n", "node_modules/left-pad/index.js": "import './b'\n"}
    assert steps(files, "node_modules/left-pad/b.js") == {}


def test_of_too_many_files_nothing_is_said() -> None:
    files = {f"m{n}.py": "" for n in range(MOST_FILES)}
    assert steps(files, "m0.py") == {}
    assert steps({**files, "test_x.py": "import m0\n"}, "m0.py") == {}
    del files["m1.py"]
    assert steps({**files, "test_x.py": "import m0\n"}, "m0.py") == {"test_x.py": 1}


def test_what_a_file_imports_and_in_how_many_steps() -> None:
    files = {
        **PACKAGE,
        "tests/test_x.py": "from shop.web import views\n",
        "tests/conftest.py": "import shop.web.urls\n",
    }
    read: list[str] = []

    def reader(path: str) -> bytes | None:
        read.append(path)
        return files[path].encode()

    found = imported(files, reader, ["tests/test_x.py"])
    assert found["src/shop/web/views.py"] == 1 and found["tests/conftest.py"] == 1
    assert found["src/shop/cart.py"] == found["src/shop/web/urls.py"] == 2
    assert "tests/test_x.py" not in found
    assert imported(files, reader, ["src/shop/cart.py"]) == {}
    assert len(read) == len(set(read)) + 1, "each file once a call"
