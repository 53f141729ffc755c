-- Nothing below depends on the caller's search_path; temporary objects come last.
SET LOCAL search_path = pg_catalog, pg_temp;

-- Plain CREATE: a schema of this name that somebody made before must not be adopted.
CREATE SCHEMA mlops;
COMMENT ON SCHEMA mlops IS
	'Machine learning beside the data: features, training, registry, prediction';

CREATE SCHEMA mlops_api;
COMMENT ON SCHEMA mlops_api IS 'What the HTTP API of mlops exposes';
