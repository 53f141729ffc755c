-- Models between servers.  The functions read and write our own tables in C; who may call is
-- decided by EXECUTE, whose model it is by the functions.

CREATE FUNCTION mlops.export_model(model text) RETURNS bytea
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'mlops_export_model';
COMMENT ON FUNCTION mlops.export_model(text) IS
	'A version as bytes, for mlops.import_model on this or another server: its forest, and what the registry says of it but for rows that were kept. NULL model: the default one. The same version gives the same bytes; each export is an event. 42501 for who is neither a member of the owner''s role nor of mlops_admin, 42704 for an unknown model, 55000 if nothing is deployed, 54000 if it takes more than 1 GB, XX001 if the stored forest is corrupted, 25006 where nothing can be written';

CREATE FUNCTION mlops.import_model(model text, data bytea, comment text DEFAULT NULL) RETURNS int
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'mlops_import_model';
COMMENT ON FUNCTION mlops.import_model(text, bytea, text) IS
	'Stores what mlops.export_model returned as a new version of a model, which is made with the caller as its owner if it is new, and returns its number. It predicts as it did; its status is candidate until mlops.request_approval. NULL comment: that of the export. 22P03 with the reason for bytes that are no intact export, 0A000 for one of a newer format or with levels in another encoding, 22023 for an illegal name, NULL data or a model of another task, 42501 for a model of somebody else, 53400 if it does not fit into mlops.model_cache_size, 25006 where nothing can be written';
