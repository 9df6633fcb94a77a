"""`python -m loopline.cli`: the same as `loopline`."""

from loopline.cli import main

main()
