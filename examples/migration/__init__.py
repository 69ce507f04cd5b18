"""A small shop on Flask that moves from blinker to Aldis: one package a stage."""
