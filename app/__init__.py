"""Mayfly."""
