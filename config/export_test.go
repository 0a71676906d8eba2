package config

// WholeDays is for a fuzz test: a whole configuration takes too long to load.
var WholeDays = wholeDays
