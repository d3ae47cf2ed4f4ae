"""Renderers: a plan or the result of an apply in, text out. Pure: nothing here reads, prints or decides.

Every renderer passes its input through `redact` first and sees nothing of the original.
"""
