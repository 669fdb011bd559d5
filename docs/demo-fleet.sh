#!/bin/sh
# 40 tasks, the fleet that does them, and an AWS that has not enough of what is best: it has 6 of
# c5.large and m5.large together, and 8 of c5.xlarge.
exec reconcile sandbox --boot 6 --scarce '*/*.large=6' --scarce '*/c5.xlarge=8' -- \
    python docs/fleet/demo.py
