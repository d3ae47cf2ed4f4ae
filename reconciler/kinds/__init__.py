"""The kinds: one file each, named after the kind with an underscore for the dot (`ec2.vpc` -> `ec2_vpc.py`).

A kind never performs I/O: it yields calls and receives responses. Modules starting with an underscore are shared by
several kinds of one service and declare none.
"""
