-- Clocks whose columns for reports are not what they follow from.
SELECT c.id, c.incident_id
FROM clocks c JOIN incidents i ON i.id = c.incident_id
LEFT JOIN headings h ON h.id = c.counted / 4294967296
WHERE h.id IS NULL
    OR (h.vendor, h.service, h.promise, h.terms, h.state, h.assumed)
        <> (i.vendor, i.service, c.promise, c.terms, c.state, c.start_basis = 'assumed')
    OR c.attributed_at IS NOT COALESCE(c.due_at - 1, c.start_at, i.logged_at)
    OR c.counted % 4294967296 <> CASE WHEN c.notice_at IS NULL OR c.start_at IS NULL THEN 0
        ELSE 2147483648 + MAX(-2147483647, MIN(2147483647, c.notice_at / 1000 - c.start_at / 1000)) END
