-- The cache of models: what is decoded in memory.

CREATE FUNCTION mlops._model_cache() RETURNS TABLE(digest bytea, is_shared bool, n_bytes bigint, hits bigint,
	misses bigint, loaded_at timestamptz, last_used_at timestamptz)
LANGUAGE c VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'mlops_model_cache';
COMMENT ON FUNCTION mlops._model_cache() IS
	'Decoded forests in memory, by the digest of their bytes: those that all sessions share, and those of this session';

CREATE VIEW mlops.model_cache AS
	SELECT (SELECT array_agg(m.name || '@v' || v.version ORDER BY m.name, v.version)
			FROM mlops.model_version AS v JOIN mlops.model AS m USING (model_id)
			WHERE v.digest = c.digest) AS models,
		c.is_shared, c.n_bytes, c.hits, c.misses, c.loaded_at, c.last_used_at
	FROM mlops._model_cache() AS c;
COMMENT ON VIEW mlops.model_cache IS
	'Decoded models in memory: the copies that all sessions share (with shared_preload_libraries), and those of this session. Equal models have one copy';
COMMENT ON COLUMN mlops.model_cache.models IS 'Versions of this database that are these bytes; NULL for a model of another database, or of none any more';
COMMENT ON COLUMN mlops.model_cache.n_bytes IS 'Memory of the copy';
COMMENT ON COLUMN mlops.model_cache.hits IS 'Statements and sessions that found it in memory since it was loaded';
COMMENT ON COLUMN mlops.model_cache.misses IS 'Statements that decoded it, or waited for another session to decode it';
