"""Two stores that send one signal: who hears both, and who only the first."""
