"""Executors of sweeps, one file each: local workers, Ray, Slurm."""
