"""Trains a LoRA layer of one Continuum job file with TRL and PEFT."""
