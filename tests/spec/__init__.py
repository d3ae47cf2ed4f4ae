"""Tests of the front of the line: spec file to stack."""
