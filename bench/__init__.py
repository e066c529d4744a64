"""How fast the driver is, next to its peers and to bare libpq: `make bench`, `make callgrind`.

`workloads` says what is measured, `drivers/` does it through each driver's own interface, a process
a driver, `rounds` asks them in turns, `report` and `plot` tell what came out. `callgrind/` counts
instructions, for machines on which time tells nothing.
"""
