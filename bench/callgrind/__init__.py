"""Counts the instructions of hot paths: a regression shows even where time tells nothing."""
