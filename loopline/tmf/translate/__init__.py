"""Words and shapes of the Open APIs for what several resources show: parties, references, contact media."""
