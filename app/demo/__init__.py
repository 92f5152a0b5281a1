"""A believable world for people to try, built through the rules; every venue of it says so."""
