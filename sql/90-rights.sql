-- Everybody may call the functions: they read only what the caller may read.

GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;
