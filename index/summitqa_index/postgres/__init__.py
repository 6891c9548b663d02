"""The PostgreSQL engine's writing side, which ``summitqa_bot.assemble`` alone reaches for."""
