"""What a browser needs of a run to explore it by itself: packed arrays, and the scripts that read, score and draw them.

The pages send the packs to components; the command `explore` puts both into one file that needs no server.
"""
