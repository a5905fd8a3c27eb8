"""Vocabulary and decisions: pure, standard library only, no clock, no input or output.

Everything here can be called with values alone and answers with values. What the words mean stands in the module of
the word; what is decided stands in a function named by its verb.
"""
