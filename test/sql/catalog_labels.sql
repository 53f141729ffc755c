-- What the catalog says of the extension's objects: each has a comment, functions have the labels
-- that their work asks for, nothing is open to everybody.
CREATE TEMP VIEW member AS
	SELECT d.classid, d.objid, pg_describe_object(d.classid, d.objid, 0) AS name FROM pg_depend AS d
	WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
		AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'mlops');

-- without a comment: types of tables and sequences of identity columns, which nobody sees
SELECT name FROM member AS m
WHERE obj_description(objid, (SELECT relname FROM pg_class WHERE oid = classid)) IS NULL
	AND classid <> 'pg_type'::regclass AND NOT (classid = 'pg_class'::regclass
		AND (SELECT relkind FROM pg_class WHERE oid = objid) IN ('S', 't'))
ORDER BY name COLLATE "C";
-- comments of functions say what NULL does and when they fail, or have neither
SELECT count(*) > 50 AS functions, count(*) FILTER (WHERE obj_description(objid, 'pg_proc') ~ '\.$') AS end_in_a_period
FROM member WHERE classid = 'pg_proc'::regclass;

-- labels of the public functions
SELECT p.proname AS function, count(*) AS forms, string_agg(DISTINCT p.provolatile::text, '') AS volatility, string_agg(DISTINCT p.proparallel::text, '') AS parallel,
	string_agg(DISTINCT CASE WHEN p.proisstrict THEN 'strict' ELSE '-' END, '') AS strict, string_agg(DISTINCT CASE WHEN p.prosecdef THEN 'owner' ELSE 'caller' END, '') AS rights
FROM member AS m JOIN pg_proc AS p ON p.oid = m.objid AND m.classid = 'pg_proc'::regclass
WHERE p.proname !~ '^_' GROUP BY p.proname ORDER BY p.proname COLLATE "C";
-- prediction by features runs in parallel plans, by entity it does not; neither is ever immutable or strict
SELECT p.oid::regprocedure AS function, p.provolatile, p.proparallel, p.proisstrict, p.proretset, p.prorows FROM pg_proc AS p
WHERE p.pronamespace = 'mlops'::regnamespace AND p.proname ~ '^(predict|predict_label|predict_proba|predict_entity|decide)$' ORDER BY p.oid::regprocedure::text COLLATE "C";
-- and its arguments have names and defaults
SELECT p.proname, pg_get_function_arguments(p.oid) AS arguments, pg_get_function_result(p.oid) AS result FROM pg_proc AS p
WHERE p.pronamespace = 'mlops'::regnamespace AND p.proname ~ '^(predict|predict_label|predict_proba|predict_entity)$' ORDER BY p.oid::regprocedure::text COLLATE "C";

-- Aggregates that run in parallel have a concrete state and a combine function, so that others than the
-- server's own workers can merge states; exceptions stand in src/README.md, and there are none.
SELECT a.aggfnoid::regprocedure AS aggregate, a.aggtranstype::regtype, a.aggcombinefn
FROM pg_aggregate AS a JOIN pg_proc AS p ON p.oid = a.aggfnoid
WHERE p.pronamespace = 'mlops'::regnamespace AND (p.proparallel <> 's' OR a.aggcombinefn = 0
	OR (SELECT typtype FROM pg_type WHERE oid = a.aggtranstype) = 'p' OR a.aggserialfn <> 0) ORDER BY 1;
-- the final function of a moving aggregate leaves its state as it is
SELECT a.aggfnoid::regprocedure AS aggregate FROM pg_aggregate AS a JOIN pg_proc AS p ON p.oid = a.aggfnoid
WHERE p.pronamespace = 'mlops'::regnamespace AND (a.aggfinalmodify <> 'r' OR (a.aggmtransfn <> 0 AND a.aggmfinalmodify <> 'r')) ORDER BY 1;
-- transitions are not strict, so that NULL is counted and the state made in one place
SELECT a.aggfnoid::regprocedure AS aggregate FROM pg_aggregate AS a JOIN pg_proc AS p ON p.oid = a.aggfnoid
WHERE p.pronamespace = 'mlops'::regnamespace AND (SELECT proisstrict FROM pg_proc WHERE oid = a.aggtransfn) ORDER BY 1;
-- state types have text and byte forms, and no operators
SELECT t.oid::regtype AS type, t.typreceive <> 0 AND t.typsend <> 0 AS bytes, t.typstorage,
	(SELECT count(*) FROM pg_operator AS o WHERE o.oprleft = t.oid OR o.oprright = t.oid) AS operators
FROM pg_type AS t WHERE t.typnamespace = 'mlops'::regnamespace AND t.typtype = 'b' AND t.typcategory <> 'A' ORDER BY 1;

-- arguments and defaults, as the manual has them
SELECT p.proname || '(' || pg_get_function_arguments(p.oid) || ')' || coalesce(' RETURNS ' || pg_get_function_result(p.oid), '') AS signature
FROM pg_proc AS p WHERE p.pronamespace = 'mlops'::regnamespace AND p.proname !~ '^_' AND p.proname !~ '^(predict|generate)'
ORDER BY (p.proname || pg_get_function_arguments(p.oid)) COLLATE "C";

-- who runs with the owner's rights has a fixed search_path
SELECT p.oid::regprocedure FROM pg_proc AS p WHERE p.pronamespace = 'mlops'::regnamespace AND p.prosecdef
	AND NOT coalesce(p.proconfig::text LIKE '%search_path=pg_catalog, pg_temp%', false);
-- nobody may do anything until it is granted
SELECT count(*) FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
WHERE p.pronamespace IN ('mlops'::regnamespace, 'mlops_api'::regnamespace) AND a.grantee = 0;
SELECT count(*) FROM pg_class AS c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) AS a
WHERE c.relnamespace IN ('mlops'::regnamespace, 'mlops_api'::regnamespace) AND a.grantee = 0;
-- what pg_dump must take along
SELECT c.relname, c.relkind FROM pg_extension AS e, unnest(e.extconfig) AS o (oid) JOIN pg_class AS c ON c.oid = o.oid
WHERE e.extname = 'mlops' ORDER BY c.relname COLLATE "C";
-- settings; what is not one is refused
LOAD '$libdir/mlops';
SELECT name, setting, unit, context, vartype, enumvals FROM pg_settings WHERE name LIKE 'mlops.%' ORDER BY name COLLATE "C";
SET mlops.no_such_setting = 1;
