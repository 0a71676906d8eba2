-- Deliveries whose columns contradict each other, with the contradiction.
SELECT d.key, 'is merged but in no digest'
FROM deliveries d
LEFT JOIN deliveries t ON t.id = d.digest_page_id
WHERE d.state = 'merged' AND (t.id IS NULL OR t.state IN ('superseded', 'retired') OR t.destination <> d.destination)
UNION ALL
SELECT key, 'is part of no digest'
FROM deliveries
WHERE kind IN ('page', 'file') AND thread_root_id IS NULL
UNION ALL
SELECT key, 'changes no message'
FROM deliveries
WHERE kind = 'update' AND post_id IS NULL
UNION ALL
SELECT key, 'is unconfirmed and was never attempted'
FROM deliveries
WHERE state = 'unknown' AND (attempts = 0 OR attempt_at IS NULL)
UNION ALL
SELECT key, 'repeats no message for a recipient'
FROM deliveries
WHERE kind = 'copy' AND (copy_of IS NULL OR recipient = '')
ORDER BY 1
