"""Sceau's pairwise protocol, edition 0, written from the book."""
