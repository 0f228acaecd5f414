from __future__ import annotations

import string
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.redaction import MARKER, Redactor, secret_path, secret_spans

A40 = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7aC0eF3hJ6kM9n"
SECRETS = {
    "anthropic-key": "sk-ant-api03-CANARYCANARYCANARYCANARY0001",
    "api-key": "sk-proj-" + A40,
    "stripe-key": "sk_live_" + A40[:24],
    "github-token": "ghp_" + A40[:36],
    "gitlab-token": "glpat-" + A40[:20],
    "aws-key": "AKIAQ3EGRXM5KJZP7T2V",
    "google-key": "AIzaSy" + A40[:33],
    "slack-token": "xoxb-123456789012-" + A40[:24],
    "npm-token": "npm_" + A40[:36],
    "telegram-token": "123456789:AAE" + A40[:32],
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6y",
}


@pytest.mark.parametrize(("kind", "secret"), SECRETS.items())
@pytest.mark.parametrize(
    "frame", ["{}", "KEY = '{}'", "Authorization: Bearer {}", '{{"k": "{}"}}', "https://x.invalid/{}/y", "a,{},b"]
)
def test_well_known_credentials_go(kind, secret, frame):
    text = frame.format(secret)
    assert secret not in Redactor().text(text)
    assert MARKER in Redactor().text(text)
    assert kind in {span[2] for span in secret_spans(secret)}


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: bearer abcdef0123456789abcd", "abcdef0123456789abcd"),
        ('password = "Tr0ub4dor&3xyz"', "Tr0ub4dor&3xyz"),
        ("'client_secret': 'a8Fj2kLm9QwErTy'", "a8Fj2kLm9QwErTy"),
        ("export DB_PASSWORD=s3cr3tpassphrase\n", "s3cr3tpassphrase"),
        ("X_API_KEY=abcdefgh1jklmnop1234", "abcdefgh1jklmnop1234"),
        ("postgres://app:pa55word99@db/x", "pa55word99"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nCANARYPEM\n-----END OPENSSH PRIVATE KEY-----\nafter", "CANARYPEM"),
        ("-----BEGIN RSA PRIVATE KEY-----\nCANARYPEM and no end", "CANARYPEM"),
    ],
)
def test_named_values_and_keys_go(text, secret):
    assert secret not in Redactor().text(text)


def test_what_follows_a_private_key_stays():
    text = "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\nafter"
    assert Redactor().text("a\n" + text) == f"a\n{MARKER}\nafter"


@pytest.mark.parametrize(
    "text",
    [
        "password = form.password",
        "self.token = token_factory(request.headers['Authorization'])",
        "password = getpass.getpass('Password: ')",
        "PASSWORD=os.environ['DB_PASSWORD_2']",
        "api_key: str | None = None",
        "token_cap: 450000",
        'password="hunter2"',
        "password: 'Enter your password here'",
        'os.environ["ANTHROPIC_API_KEY"]',
        "ANTHROPIC_API_KEY=your-key-here",
        "API_TOKEN=${API_TOKEN_FROM_VAULT_2}",
        "assert 'sk-test-0000'.startswith('sk-')",
        '<div class="sk-toggleable__label-arrow sk-folding-cube-container">',
        "9fceb02d0ae598e95dc970b74767f19372d61af8",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "d41d8cd98f00b204e9800998ecf8427e  empty.txt",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "token = next(tokens)  # token 3 of 12345",
        "Bearer token authentication is required",
        "http://localhost:8080/user:name@host",
        "ghp_short",
        "12:30:45 and 2026-01-01T00:00:00",
        'SECRET_KEY = get_random_secret_key()\nSECRET_NAME = "projects/x/secrets/y"',
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "AKIAIOSFODNN7EXAMPLE",
    ],
)
def test_ordinary_text_stays(text):
    assert Redactor().text(text) == text


def test_known_values_go_wherever_they_stand():
    redactor = Redactor.from_environment(
        {
            "OPENAI_API_KEY": "plain-looking value",
            "TELEGRAM_BOT_TOKEN": "123456:CANARYTELEGRAM",
            "X_TOKEN": "short",
            "HOME": "/home/someone",
        }
    )
    text = redactor.text("GET /bot123456:CANARYTELEGRAM/send?key=plain-looking value short /home/someone")
    assert text == f"GET /bot{MARKER}/send?key={MARKER} short /home/someone"
    assert "plain" not in repr(redactor)


def test_deep_values():
    key = SECRETS["anthropic-key"]
    redactor = Redactor([key])
    got = redactor.value(
        {
            "a": [f"x {key}", (key, 1)],
            "n": 3,
            "none": None,
            "ok": True,
            "api_key": "anything",
            "headers": {"Authorization": "zzz"},
            "input_tokens": 12,
            "token_cap": "450",
            key: 1,
            "set": {key},
            "password": None,
            "x": 1.5,
        }
    )
    assert key not in repr(got)
    assert got["api_key"] == got["headers"]["Authorization"] == MARKER
    assert (got["n"], got["none"], got["ok"], got["input_tokens"], got["token_cap"], got["x"]) == (
        3,
        None,
        True,
        12,
        "450",
        1.5,
    )
    assert got["a"] == [f"x {MARKER}", (MARKER, 1)]
    deep: dict = {}
    inner = deep
    for _ in range(5000):
        inner["d"] = {}
        inner = inner["d"]
    inner["k"] = key
    assert key not in str(redactor.value(deep))
    loop: list = [key]
    loop.append(loop)
    assert key not in repr(redactor.value(loop))


hostile = st.lists(
    st.sampled_from(
        [
            *SECRETS.values(),
            "sk-",
            "eyJ",
            ".",
            "-----BEGIN PRIVATE KEY-----",
            "password=",
            '"',
            "Bearer ",
            "://a:",
            "@",
            " ",
            "\n",
            MARKER,
            "[RED",
            "xox",
            "AKIA",
            "a",
            "Z9",
            "=",
            "known secret value",
        ]
    ),
    max_size=25,
).map("".join)


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=200), hostile))
def test_never_raises_and_twice_is_once(text):
    redactor = Redactor(["known secret value", SECRETS["jwt"]])
    once = redactor.text(text)
    assert redactor.text(once) == once
    assert "known secret value" not in once
    spans = secret_spans(text)
    assert all(0 <= a < b <= len(text) for a, b, _ in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "sk-",
        "sk-a",
        "eyJaaaaaaaaa.",
        "eyJaaaaaaaa-eyJ",
        "-----BEGIN PRIVATE KEY-----",
        "password='",
        "password=",
        "token ",
        "://a:b",
        "1",
        "1:",
        "123456:",
        "A_TOKEN=",
        "A" * 40 + "_",
        "bearer ",
        "bearer\t",
        "xoxb-",
        "AKIA",
        "gh",
        "ghp_",
        " ",
        "\n",
        "k_live_",
        "secret_",
    ],
)
def test_time_is_linear(unit):
    """In CPU time of this process, the best of a few runs: the machine's other work is not the matter."""

    def cost(size: int) -> float:
        text = (unit * (size // len(unit) + 1))[:size] + "!"
        begin = time.process_time()
        Redactor(["some known value"]).text(text)
        return time.process_time() - begin

    cost(1000)
    small = min(cost(1 << 16) for _ in range(3))
    assert any(cost(1 << 20) < max(16 * 5 * small, 0.5) for _ in range(3))


def test_a_mebibyte_of_everything_takes_little():
    text = (string.printable + "password token bearer sk- eyJ :// ") * 8000
    begin = time.perf_counter()
    secret_spans(text[: 1 << 20])
    assert time.perf_counter() - begin < 3


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        "a/.env.local",
        ".ENV",
        "prod.env",
        ".envrc",
        ".npmrc",
        ".netrc",
        ".pypirc",
        "id_rsa",
        "x/.ssh/config",
        "k.pem",
        "deploy/K.PEM",
        "server.key",
        ".aws/credentials",
        ".docker/config.json",
        "secrets.yaml",
        "a.p12",
    ],
)
def test_secret_names(path):
    assert secret_path(path)


@pytest.mark.parametrize(
    "path",
    [
        ".env.example",
        ".env.sample",
        "a/.env.template",
        "id_rsa.pub",
        "environment.py",
        "src/keys.py",
        "env/x.py",
        "key.md",
        "secrets.py",
        "config.json",
        ".docker/Dockerfile",
        "monkey",
        "docs/netrc.md",
    ],
)
def test_ordinary_names(path):
    assert not secret_path(path)
