-- Deliveries that contradict themselves, and what is wrong with them.
SELECT d.key, 'is told by no digest'
FROM deliveries d
LEFT JOIN deliveries t ON t.id = d.teller_id
WHERE d.state = 'merged' AND (t.id IS NULL OR t.state = 'superseded' OR t.destination <> d.destination)
UNION ALL
SELECT key, 'is part of no digest'
FROM deliveries
WHERE kind IN ('page', 'file') AND head_id IS NULL
UNION ALL
SELECT key, 'changes no message'
FROM deliveries
WHERE kind = 'update' AND post_id IS NULL
UNION ALL
SELECT key, 'is in doubt and was never attempted'
FROM deliveries
WHERE state = 'unknown' AND (attempts = 0 OR attempt_at IS NULL)
ORDER BY 1
