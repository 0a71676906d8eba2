WITH ours AS (
    SELECT c.oid, c.relname, c.relkind, c.relrowsecurity, c.relpersistence FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
)
-- The table of versions is goose's, whose releases may make it differently.
SELECT 'table', r.relname, CASE WHEN r.relname = 'schema_versions' THEN '' ELSE (
    SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || COALESCE(' ' || l.collname, '')
        || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END || CASE a.attidentity WHEN '' THEN '' ELSE ' identity ' || CAST(a.attidentity AS TEXT) END
        || CASE a.attgenerated WHEN '' THEN '' ELSE ' generated' END || COALESCE(' default ' || pg_get_expr(d.adbin, d.adrelid), ''), ', ' ORDER BY a.attname)
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        LEFT JOIN pg_collation l ON l.oid = a.attcollation AND l.collname <> 'default'
    WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped) END
    || CASE WHEN r.relkind <> 'r' THEN ' kind ' || CAST(r.relkind AS TEXT) ELSE '' END || CASE WHEN r.relpersistence <> 'p' THEN ' not logged' ELSE '' END
    || CASE WHEN r.relrowsecurity THEN ' row security' ELSE '' END
    || COALESCE((SELECT ' policy ' || string_agg(polname, ' ' ORDER BY polname) FROM pg_policy WHERE polrelid = r.oid), '')
    || COALESCE((SELECT ' rule ' || string_agg(rulename, ' ' ORDER BY rulename) FROM pg_rewrite WHERE ev_class = r.oid), '')
    || CASE WHEN EXISTS (SELECT 1 FROM pg_inherits WHERE inhparent = r.oid OR inhrelid = r.oid) THEN ' inherits' ELSE '' END
    FROM ours r WHERE r.relkind IN ('r', 'p', 'f', 'm')
-- Newer versions have a constraint for each NOT NULL, which columns say here.
UNION ALL SELECT 'constraint', k.conname || ' of ' || r.relname, pg_get_constraintdef(k.oid, TRUE) || CASE WHEN k.convalidated THEN '' ELSE ' not validated' END
    FROM pg_constraint k JOIN ours r ON r.oid = k.conrelid WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND r.relname <> 'schema_versions'
UNION ALL SELECT 'index', r.relname, pg_get_indexdef(i.indexrelid, 0, TRUE) || CASE WHEN i.indisvalid AND i.indisready THEN '' ELSE ' not valid' END
    FROM pg_index i JOIN ours r ON r.oid = i.indexrelid JOIN ours t ON t.oid = i.indrelid WHERE t.relname <> 'schema_versions'
UNION ALL SELECT 'trigger', g.tgname || ' of ' || r.relname, pg_get_triggerdef(g.oid, TRUE) || CASE g.tgenabled WHEN 'O' THEN '' ELSE ' enabled ' || CAST(g.tgenabled AS TEXT) END
    FROM pg_trigger g JOIN ours r ON r.oid = g.tgrelid WHERE NOT g.tgisinternal
-- The triggers that check references are the server's own; they can be switched off.
UNION ALL SELECT 'trigger', g.tgname || ' of ' || r.relname, 'is switched off'
    FROM pg_trigger g JOIN ours r ON r.oid = g.tgrelid WHERE g.tgisinternal AND g.tgenabled <> 'O'
UNION ALL SELECT 'view', r.relname, pg_get_viewdef(r.oid, TRUE) FROM ours r WHERE r.relkind = 'v'
UNION ALL SELECT 'sequence', r.relname, '' FROM ours r WHERE r.relkind = 'S' AND r.relname NOT LIKE 'schema\_versions%'
UNION ALL SELECT 'function', p.proname, l.lanname || ' ' || CAST(p.provolatile AS TEXT) || CASE WHEN p.prosecdef THEN ' definer ' ELSE ' ' END || ' ' || pg_get_function_result(p.oid) || ' ' || p.prosrc
    FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace = current_schema()::regnamespace
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
