"""Measurements whose figures the docs quote; each is a program of its own."""
