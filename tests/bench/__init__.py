"""Benchmarks: they measure and print, and gate on nothing."""
