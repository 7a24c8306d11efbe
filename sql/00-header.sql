\echo Use "CREATE EXTENSION mindgap" to load this file. \quit
