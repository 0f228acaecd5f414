"""AP7xx: budgets and providers."""

from autopack.model.findings import Severity
from autopack.model.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "AP701",
        "token-budget",
        Severity.ERROR,
        "The next model call could take the run or the phase over its token cap, so it was not made. What it may "
        "cost at most is reserved before each call, and what it did cost is settled after it.",
        "Let it go on with a higher cap: `autopack resume RUN --token-cap TOKENS`, or, where the phase's own cap is "
        "meant, `autopack resume RUN --phase-token-cap PHASE=TOKENS`. Completed phases stay completed.",
        "the run's token cap of 450,000 has 9,200 left, the next call may need up to 21,400",
    ),
    Rule(
        "AP702",
        "money-budget",
        Severity.ERROR,
        "The next model call could cost more than the run may still spend, or the price of its model is not known "
        "while a money cap is set.",
        "Allow more: `autopack resume RUN --money-cap-usd AMOUNT`. Or choose a cheaper model, or give the model's price, "
        "in your settings, then `autopack resume RUN --again`.",
        "the run may spend 5.00 USD, 4.91 are spent, the next call may cost up to 0.32",
    ),
    Rule(
        "AP703",
        "time-budget",
        Severity.ERROR,
        "The run has been at work longer than `max_duration_minutes`. Waiting for a person does not count.",
        "Allow more: `autopack resume RUN --max-minutes MINUTES`.",
        "the run's time cap of 120 min is used up: 120 min 04 s spent working",
    ),
    Rule(
        "AP704",
        "attempt-budget",
        Severity.ERROR,
        "The phase used all attempts it may have without completing. Phases that depend on it do not run.",
        "Open the handoff bundle: it holds every attempt with its patch and findings. Then retry with a hint "
        "(`autopack retry RUN PHASE --hint TEXT`, which gives the phase its attempts again), or skip the phase.",
        "phase index has used its 5 attempts: 5 spent",
    ),
    Rule(
        "AP705",
        "failure-budget",
        Severity.ERROR,
        "The run met more failures of all kinds than it may, which says that something general is wrong.",
        "Read the findings of the last attempts for what they have in common, repair that, then `autopack resume RUN "
        "--again`.",
        "the run has failed 25 times; its cap is 25",
        reserved=True,
    ),
    Rule(
        "AP706",
        "quota",
        Severity.ERROR,
        "The provider says that the account's quota or credit is used up. Trying again would not help.",
        "Raise the limit with the provider or choose another model, then `autopack resume RUN --again`. Nothing "
        "answered so far is asked or paid for again.",
        "anthropic: your credit balance is too low (HTTP 400)",
    ),
    Rule(
        "AP707",
        "provider-unavailable",
        Severity.ERROR,
        "A model could not be reached, refused the request, or kept failing after several tries: a wrong or missing "
        "key, an unknown model, an overloaded service, no network.",
        "The message names the cause. Repair it and go on with `autopack resume RUN --again`; answered calls are kept. "
        "Where only a key is missing, nothing was begun: set the variable the message names, or choose a model whose key "
        "is set, and start or resume again.",
        "anthropic: the key was refused (HTTP 401)",
    ),
    Rule(
        "AP713",
        "cassette-changed",
        Severity.ERROR,
        "The recorded answers of a replayed run are gone or no longer the file the run began with, or no line of it "
        "answers a call. Autopack never invents an answer.",
        "Restore the file and `autopack resume RUN --again`. For a call without a line, add one that matches the role, "
        "phase, attempt and call in the message, and start a new run: a run keeps to the file it began with.",
        "demo.jsonl changed since the run began (SHA-256 4f1c... then, 9ab2... now)",
    ),
)
