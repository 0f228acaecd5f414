"""The Builder: what the model that proposes a change is asked, and what it is told of its earlier attempts."""

from autopack.builder.feedback import Taken, render_feedback
from autopack.builder.parts import Part, Parts
from autopack.builder.prompt import render_prompt
from autopack.builder.request import request_for

__all__ = ["Part", "Parts", "Taken", "render_feedback", "render_prompt", "request_for"]
