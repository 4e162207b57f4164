#!/usr/bin/env python3
"""Conformance adapter of an implementation in Python: one JSON object a line (conformance/ADAPTERS.md)."""
from sceau.main import main

main()
