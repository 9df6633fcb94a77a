"""Multi-dimensional analysis: cubes over the warehouse's stars, asked by people and programs.

Owns what a dimension and a measure is, the questions people keep, and the one compiler through which every pivot,
drill, report and export reaches the lake within what its reader may see. It never changes what operations know.
"""
