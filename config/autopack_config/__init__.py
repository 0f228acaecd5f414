"""Shipped defaults: prompts, policies, prices and settings, as data files beside this module."""
